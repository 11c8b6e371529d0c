import assert from "node:assert/strict";
import { configFile } from "../../../../src/config/schema/config_file.ts";
import { issueProblems, issueText } from "../../../../src/config/schema/issue_problems.ts";
import { judgeFile } from "../../../../src/config/schema/judging/judge_file.ts";
import { atOnce } from "../../../../src/core/time/steps.ts";

const judge = (value: unknown) => atOnce(judgeFile(value));

const KEYS = [
  ...Array.from(
    { length: 200 },
    (_, at) => at % 3 === 0 ? `key-${at}` : { key: `key-${at}`, weight: at % 5 },
  ),
  7,
  { key: "k", wieght: 2 },
  { name: "no key" },
  "a-last-key",
];

const fileOf = (keys: unknown) => ({
  pools: [
    { provider: "openai", keys },
    {
      provider: "openai_compatible",
      upstreams: ["https://one.example.com", { url: "https://a.example.com", keys }],
    },
    { provider: "anthropic", keys: "client" },
  ],
});

Deno.test("keys that are judged apart come to the same as the schema says of the whole file", () => {
  for (const keys of [KEYS, KEYS.slice(0, 200), [], "client", "clinet", 5]) {
    const whole = configFile.safeParse(fileOf(keys), { error: issueText });
    const { file, problems } = judge(fileOf(keys));
    assert.deepEqual(file, whole.data);
    const expected = issueProblems(whole.error?.issues ?? []);
    const inOrder = (list: readonly { path: readonly unknown[] }[]) =>
      list.toSorted((a, b) => a.path.join().localeCompare(b.path.join()));
    assert.deepEqual(inOrder(problems), inOrder(expected));
  }
});

Deno.test("the file itself is what it was, also where it is wrong", () => {
  const value = fileOf(KEYS);
  judge(value);
  assert.deepEqual(value, fileOf(KEYS));
});

Deno.test("pools whose keys are sound are judged on though others are not", () => {
  const pools = [{ provider: "openai", keys: [7] }, { provider: "openai", keys: ["k"] }, {
    provider: "opnai",
  }];
  const judged = judge({ pools });
  assert.equal(judged.file, undefined);
  assert.deepEqual(judged.pools.map(({ index, file }) => [index, file.keys]), [[1, ["k"]]]);
});

Deno.test("a list is judged in as many steps as it is long", () => {
  const steps = judgeFile(fileOf(Array.from({ length: 6_400 }, (_, at) => ({ key: `key-${at}` }))));
  let rests = 0;
  while (steps.next().done !== true) rests++;
  assert.ok(rests >= 200, `${rests} rests`);
});
