import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { askChat } from "../../support/ask_chat.ts";
import { fakeUpstream } from "../../support/fake_upstream.ts";
import { answer } from "../../support/fake_upstream_script.ts";
import { gatewayProcess } from "../../support/gateway_process.ts";
import { askAdmin, askAdminAt } from "../../support/keys/ask_admin.ts";
import { at, startGateway } from "../../support/start_gateway.ts";
import { until } from "../../support/until.ts";

const CANARY = "sk-canary-of-the-store-5b1e9f";
const REJECTED = "sk-canary rejected-77aa01";
const OWN = "sk-tg-canary-own-key-000001";

const configOf = (url: string) => ({
  pools: [{ name: "p", provider: "openai_compatible", upstreams: [url], models: ["m"] }],
});

async function filesBelow(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) files.push(...await filesBelow(path));
    else files.push(path);
  }
  return files;
}

Deno.test("a key of the store stands in no file, no log line, no record and no answer, in no spelling", async () => {
  // An upstream that quotes the credential in a good answer, which is recorded.
  await using upstream = await fakeUpstream(({ headers }) =>
    answer(JSON.stringify({ object: "chat.completion", choices: [], echo: headers["authorization"] }), {
      headers: { "content-type": "application/json" },
    })
  );
  const directory = await Deno.makeTempDir({ prefix: "tidegate-test-" });
  try {
    const answers: string[] = [];
    let logged = "";
    {
      await using gateway = await startGateway({ config: configOf(upstream.url), dataDir: directory });
      const admin = async (method: string, path: string, body?: unknown) => {
        const { text, json } = await askAdmin(gateway, method, path, body);
        answers.push(text);
        return json;
      };
      const keys = "/admin/pools/p/keys";
      await admin("POST", keys, `${CANARY}\n${REJECTED}\n${OWN}\n${CANARY}\n{"${CANARY}":1}`);
      await admin(
        "POST",
        `${keys}?format=jsonl`,
        `{"${CANARY}":1}\n{"key":"${CANARY}","weight":"${CANARY}"}`,
      );
      await admin("POST", `${keys}?format=csv`, `${CANARY},x\n${CANARY}`);
      await admin("GET", keys);
      const answered = await askChat({ url: gateway.url, key: gateway.key, model: "m", stream: false });
      assert.equal(answered.status, 200);
      const job = await admin("POST", "/admin/jobs/key-test", { pool: "p" });
      await until(async () => {
        const now = await admin("GET", `/admin/jobs/${at(job, "id")}`);
        return at(now, "endedAtMs") !== null;
      }, "the job is over");
      await admin("PATCH", keys, { which: { all: true }, set: { note: "seen" } });
      await admin("POST", "/admin/secrets/rotate");
      answers.push(await (await fetch(`${gateway.url}/readyz`)).text());
      await gateway.records();
      logged = gateway.logText();
    }
    const files = await filesBelow(directory);
    assert.ok(files.some((file) => file.endsWith(".kv")) && files.some((file) => file.endsWith(".jsonl")));
    const texts = [
      ...answers,
      logged,
      ...files.map((file) => Deno.readFileSync(file)).map((bytes) => Buffer.from(bytes).toString("latin1")),
    ];
    for (const secret of [CANARY, REJECTED, OWN]) {
      const spellings = [
        secret,
        btoa(secret),
        Buffer.from(secret).toString("hex"),
        encodeURIComponent(secret),
      ];
      for (const text of texts) {
        for (const spelling of spellings) {
          const found = text.indexOf(spelling);
          assert.ok(found < 0, `…${text.slice(Math.max(0, found - 80), found + 40)}…`);
        }
      }
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("kill -9 in the middle of an import: what was taken is whole, and the rest can be sent again", async () => {
  const folder = await Deno.makeTempDir({ prefix: "tidegate-test-" });
  try {
    await Deno.writeTextFile(join(folder, "config.jsonc"), JSON.stringify(configOf("http://127.0.0.1:1")));
    const start = () => gatewayProcess({ args: ["serve", "--listen", "127.0.0.1:0"], cwd: folder });
    const token = async () => (await Deno.readTextFile(join(folder, "data", "admin.token"))).trim();
    const keys = Array.from({ length: 3_000 }, (_, number) => `sk-key-of-a-long-import-${number}\n`);
    const kv = join(folder, "data", "tidegate.kv-wal");
    {
      await using gateway = start();
      const url = await gateway.listening();
      // Half of it, and then nothing more.
      const body = new ReadableStream({
        start: (stream) => stream.enqueue(new TextEncoder().encode(keys.slice(0, 1_500).join(""))),
      });
      const importing = askAdminAt(url, await token(), "POST", "/admin/pools/p/keys", body).catch(() =>
        undefined
      );
      await until(async () => (await Deno.stat(kv)).size > 300_000, "keys are being written");
      gateway.kill("SIGKILL");
      await gateway.ended;
      await importing;
    }
    await using gateway = start();
    const url = await gateway.listening();
    const { storedKeys } = await (await fetch(`${url}/readyz`)).json();
    assert.ok(storedKeys.count > 0 && storedKeys.count <= 1_500, `${storedKeys.count} keys`);
    assert.equal(storedKeys.unreadable, 0);
    const again = await askAdminAt(url, await token(), "POST", "/admin/pools/p/keys", keys.join(""));
    assert.equal(at(again.json, "added"), 3_000 - storedKeys.count);
    assert.equal(at(again.json, "duplicate"), storedKeys.count);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
