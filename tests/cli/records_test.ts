import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { records } from "../../src/cli/records.ts";
import type { RecordDraft } from "../../src/recording/record.ts";
import { buildLines } from "../../src/recording/lines/record_line.ts";
import { makeRedactor } from "../../src/recording/redact.ts";
import { draftOf, jsonBody } from "../recording/draft_of.ts";
import { temporaryFolder } from "../recording/files/temporary_folder.ts";

function lineOf(parts: Partial<RecordDraft>): string {
  const building = buildLines(draftOf(parts), { redactor: makeRedactor(() => []), training: false });
  let step = building.next();
  while (!step.done) step = building.next();
  return new TextDecoder().decode(step.value.record);
}

/** Runs the command as a person (terminal) or a program would and gives back all it said. */
async function run(
  args: readonly string[],
  options: { isTerminal?: boolean; env?: Record<string, string> } = {},
) {
  let stdout = "";
  let stderr = "";
  const code = await records(args, {
    stdout: (text) => void (stdout += text),
    stderr: (text) => void (stderr += text),
    isTerminal: options.isTerminal ?? false,
    env: (name) => options.env?.[name],
  });
  return { code, stdout, stderr };
}

/** Ids of requests begun at 00:00:00, 00:00:01 and 23:59:59 the day before; all ended in the new day's first hour. */
const FIRST = "019b76da-a800-7000-8000-000000000001";
const SECOND = "019b76da-abe8-7000-8000-000000000002";
const EARLIER = "019b76da-a418-7000-8000-000000000003";

async function dataWith(files: Record<string, string | Uint8Array>) {
  const data = await temporaryFolder();
  await Deno.mkdir(join(data.path, "records"));
  for (const [name, content] of Object.entries(files)) {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await Deno.writeFile(join(data.path, "records", name), bytes);
  }
  return data;
}

Deno.test("tail gives programs the newest lines as they are recorded", async () => {
  const lines = [lineOf({ id: FIRST }), lineOf({ id: SECOND })];
  await using data = await dataWith({ "20260101_00.jsonl": lines.join("") });
  assert.deepEqual(await run(["tail", "--data-dir", data.path]), {
    code: 0,
    stdout: lines.join(""),
    stderr: "",
  });
  const one = await run(["tail", "-n", "1"], { env: { TIDEGATE_DATA_DIR: data.path } });
  assert.equal(one.stdout, lines[1]);
});

Deno.test("show finds a record by its id, in the hour it began, later, earlier, or compressed", async () => {
  const earlier = lineOf({ id: EARLIER });
  await using data = await dataWith({
    "20251231_22.jsonl": "",
    "20260101_00.jsonl.gz": gzipSync(lineOf({ id: FIRST }) + earlier),
    "20251231_20.jsonl": lineOf({ id: SECOND }),
  });
  for (const id of [FIRST, SECOND, EARLIER, EARLIER.toUpperCase()]) {
    const { code, stdout } = await run(["show", id, "--data-dir", data.path]);
    assert.equal(code, 0);
    assert.equal(JSON.parse(stdout).id, id.toLowerCase());
  }
});

Deno.test("an id that only stands inside a body is not found", async () => {
  const request = jsonBody(`{"id":"${SECOND}"}`);
  await using data = await dataWith({ "20260101_00.jsonl": lineOf({ id: FIRST, request }) });
  const { code, stdout, stderr } = await run(["show", SECOND, "--data-dir", data.path]);
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.match(stderr, /No record/);
});

Deno.test("on a terminal a record is a conversation with reasoning, tool calls, usage and attempts", async () => {
  const request = `{"messages":[{"role":"system","content":"Be brief."},` +
    `{"role":"user","content":[{"type":"text","text":"Look"},{"type":"image_url","image_url":{}}]}]}`;
  const response =
    `{"choices":[{"message":{"role":"assistant","reasoning_content":"I should call.","content":null,` +
    `"tool_calls":[{"function":{"name":"look","arguments":"{\\"at\\":1}"}}]},"finish_reason":"tool_calls"}]}`;
  const line = lineOf({
    id: FIRST,
    request: jsonBody(request),
    response: jsonBody(response),
    usage: { inputTokens: 12, outputTokens: 7, cachedInputTokens: 4, reasoningTokens: 3 },
    attempts: [{
      number: 1,
      endpoint: "e",
      pool: "openai",
      upstream: "main",
      key: "ab12cd",
      model: null,
      outcome: { class: "rate_limited", reason: "http_429" },
      startMs: 0,
      headMs: 5,
      firstContentMs: null,
      endMs: 6,
    }],
  });
  await using data = await dataWith({ "20260101_00.jsonl": line });
  const show = await run(["show", FIRST, "--data-dir", data.path], {
    isTerminal: true,
    env: { NO_COLOR: "1" },
  });
  assert.equal(
    show.stdout,
    `2026-01-01T00:00:00.000Z  ${FIRST}
ok  200  auto  web  /v1/chat/completions  1500 ms  12 tokens in (4 cached), 7 out (3 reasoning)
system:
Be brief.
user:
Look
[image_url]
assistant:
I should call.
→ look({"at":1})
[tool_calls]
1.  openai/main  ab12cd  rate_limited  http_429  6 ms

`,
  );
  const coloured = await run(["show", FIRST, "--data-dir", data.path], { isTerminal: true });
  assert.ok(coloured.stdout.includes("\x1b[2mI should call.\x1b[22m"));
  const tail = await run(["tail", "--data-dir", data.path], { isTerminal: true, env: { NO_COLOR: "1" } });
  assert.ok(!tail.stdout.includes("Be brief.") && tail.stdout.includes("… 1 earlier messages\nuser:\nLook"));
});

Deno.test("a record without a conversation is shown with its bodies", async () => {
  const line = lineOf({ id: FIRST, request: jsonBody(`{"input":"text"}`), response: jsonBody("<html>") });
  await using data = await dataWith({ "20260101_00.jsonl": line });
  const { stdout } = await run(["show", FIRST, "--data-dir", data.path], { isTerminal: true });
  assert.ok(stdout.includes(`"input": "text"`) && stdout.includes("<html>"));
});

Deno.test("nothing recorded can make a terminal obey", async () => {
  const evil = "\x1b]0;owned\x07\x1b[2J\u009b31m\u202eabc\u0085";
  const line = lineOf({
    id: FIRST,
    tenant: evil,
    model: evil,
    path: evil,
    request: jsonBody(
      JSON.stringify({ messages: [{ role: evil, content: evil }, evil, { content: [evil] }] }),
    ),
    response: jsonBody(JSON.stringify({
      choices: [{
        message: {
          content: evil,
          reasoning: evil,
          tool_calls: [{ function: { name: evil, arguments: evil } }],
        },
        finish_reason: evil,
      }],
    })),
  });
  const noConversation = lineOf({
    id: SECOND,
    request: jsonBody(evil),
    response: jsonBody(JSON.stringify(evil)),
  });
  await using data = await dataWith({ "20260101_00.jsonl": `${line}${noConversation}\x1b[2J no record\n` });
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  const obeyed = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
  for (const args of [["tail"], ["tail", "--json"], ["show", FIRST], ["show", SECOND]]) {
    const { stdout, code } = await run([...args, "--data-dir", data.path], {
      isTerminal: true,
      env: { NO_COLOR: "1" },
    });
    assert.equal(code, 0);
    assert.ok(stdout.length > 100);
    assert.doesNotMatch(stdout, obeyed);
  }
  const json = await run(["show", FIRST, "--json", "--data-dir", data.path], { isTerminal: true });
  assert.deepEqual(JSON.parse(json.stdout), JSON.parse(line));
});

Deno.test("tail -f goes on with the lines that come", async () => {
  await using data = await dataWith({ "20260101_00.jsonl": lineOf({ id: FIRST }) });
  const stop = new AbortController();
  const ids: string[] = [];
  const stdout = (text: string) => {
    ids.push(JSON.parse(text).id);
    if (ids.length === 1) {
      Deno.writeTextFileSync(join(data.path, "records", "20260101_00.jsonl"), lineOf({ id: SECOND }), {
        append: true,
      });
    }
    if (ids.length === 2) stop.abort();
  };
  const io = { stdout, stderr: assert.fail, isTerminal: false, env: () => undefined };
  assert.equal(await records(["tail", "-f", "--data-dir", data.path], io, stop.signal), 0);
  assert.deepEqual(ids, [FIRST, SECOND]);
});

Deno.test("wrong usage is code 2 with the usage on stderr, a missing folder code 1", async () => {
  const wrong = [
    [],
    ["list"],
    ["show"],
    ["show", "no-id"],
    ["show", FIRST, SECOND],
    ["show", FIRST, "-f"],
    ["tail", "x"],
    ["tail", "-n", "-1"],
    ["tail", "-n", "many"],
    ["tail", "-n", "100001"],
    ["tail", "--unknown"],
  ];
  for (const args of wrong) {
    const { code, stdout, stderr } = await run(args);
    assert.equal(code, 2, args.join(" "));
    assert.equal(stdout, "");
    assert.match(stderr, /Usage:/);
  }
  await using empty = await temporaryFolder();
  const missing = await run(["tail", "--data-dir", empty.path]);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /--data-dir/);
  const help = await run(["--help"]);
  assert.equal(help.code, 0);
  assert.match(help.stdout, /Usage:/);
});
