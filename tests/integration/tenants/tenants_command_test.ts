import assert from "node:assert/strict";
import { run } from "../../../src/cli/run.ts";
import { talkingIo } from "../../cli/talking_io.ts";
import { answer, CHAT_ANSWER, FAULTS } from "../../support/fake_upstream_script.ts";
import { fakeUpstream } from "../../support/fake_upstream.ts";
import { at, startGateway, type TestGateway } from "../../support/start_gateway.ts";

const configOf = (url: string) => ({
  pools: [{ name: "a", provider: "openai_compatible", upstreams: [{ url }], models: ["m"] }],
  prices: { m: { input: 1, output: 10 } },
});

async function admin(gateway: TestGateway, method: string, path: string, body?: unknown) {
  const response = await fetch(`${gateway.url}/admin/tenants${path}`, {
    method,
    headers: { authorization: `Bearer ${gateway.server.dataDir.adminToken.reveal()}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const told: unknown = await response.json();
  return { status: response.status, told };
}

/** The status of one chat, and how many requests its limits leave. */
async function chat(gateway: TestGateway, key: string) {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "m", messages: [] }),
  });
  const code = at(await response.json(), "error.code");
  return { status: response.status, code, left: response.headers.get("x-ratelimit-remaining-requests") };
}

async function tidegate(gateway: TestGateway, words: string[], isTerminal = false) {
  const io = talkingIo({
    TIDEGATE_URL: gateway.url,
    TIDEGATE_ADMIN_TOKEN: gateway.server.dataDir.adminToken.reveal(),
  });
  const exit = await run(words, { ...io, isTerminal });
  return { exit, out: io.out(), talk: io.talk() };
}

const keyOf = ({ told }: { told: unknown }) => String(at(told, "key"));
const fingerprintOf = ({ told }: { told: unknown }) => String(at(told, "fingerprint"));

Deno.test("tidegate tenants limits one key, and shows it", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await using gateway = await startGateway({ config: configOf(upstream.url) });
  const made = JSON.parse(
    (await tidegate(gateway, ["tenants", "create", "acme", "--concurrency", "9"])).out,
  );
  const key = ["--key", String(made.fingerprint)];
  const set = async (...options: string[]) => {
    const { exit, out, talk } = await tidegate(gateway, ["tenants", "limit", "acme", ...key, ...options]);
    assert.equal(exit, 0, talk);
    return at(JSON.parse(out), "tenant.keys.0");
  };
  assert.deepEqual(at(await set("--requests-per-minute", "1"), "limits"), { requestsPerMinute: 1 });
  const more = await set("--budget", "5", "--per", "day", "--key-name", "ci", "--note", "Ann");
  assert.deepEqual(at(more, "limits"), {
    requestsPerMinute: 1,
    budget: { usd: 5, per: "day", zone: "UTC" },
  });
  assert.deepEqual([at(more, "name"), at(more, "note")], ["ci", "Ann"]);
  assert.equal((await chat(gateway, made.key)).status, 200);
  assert.equal((await chat(gateway, made.key)).code, "rate_limited");
  const shown = await tidegate(gateway, ["tenants", "show", "acme"], true);
  assert.match(shown.out, / {2}limits +\{"concurrency":9\}\n/);
  assert.match(shown.out, /\(ci\), valid, .*, limits \{"requestsPerMinute":1,"budget":/);
  const rotate = ["tenants", "rotate", "acme", "--tokens-per-minute", "70"];
  const rotated = JSON.parse((await tidegate(gateway, rotate)).out);
  assert.deepEqual(at(rotated, "tenant.keys.1.limits"), { tokensPerMinute: 70 });
  assert.equal(at(await set("--no-limits"), "limits"), null);
});

Deno.test("tidegate tenants usage tells what one tenant and one of its keys used, and what is left", async () => {
  await using upstream = await fakeUpstream(answer(CHAT_ANSWER));
  await using gateway = await startGateway({ config: configOf(upstream.url) });
  const made = await admin(gateway, "POST", "", {
    ...{ name: "acme", limits: { requestsPerMinute: 10, budget: { usd: 2 } } },
  });
  const second = await admin(gateway, "POST", "/acme/keys", { limits: { requestsPerDay: 5 } });
  await admin(gateway, "POST", "", { name: "other" });
  for (const key of [keyOf(made), keyOf(made), keyOf(second), gateway.key]) await chat(gateway, key);
  await gateway.server.gateway.idle();
  gateway.server.gateway.settleAccounts();
  const usage = (...words: string[]) => tidegate(gateway, ["tenants", "usage", ...words]);
  const all = JSON.parse((await usage("acme")).out);
  assert.deepEqual(all.rows.map((row: unknown) => at(row, "requests")).sort(), [1, 2]);
  assert.deepEqual(
    all.limits.map((limit: unknown) => [at(limit, "limit"), at(limit, "max"), at(limit, "used")]),
    [["requestsPerMinute", 10, 3], ["budget", 2_000_000, 69], ["requestsPerDay", 5, 1]],
  );
  const ofKey = JSON.parse((await usage("acme", "--key", fingerprintOf(second), "--by", "model")).out);
  assert.deepEqual(ofKey.rows.map((row: unknown) => [at(row, "model"), at(row, "requests")]), [["m", 1]]);
  assert.deepEqual(ofKey.limits.map((limit: unknown) => at(limit, "limit")), ["requestsPerDay"]);
  const csv = await usage("acme", "--csv", "--by", "tenant", "--bucket", "month");
  assert.match(csv.out, /^time,tenant,requests,[^\n]*\r\n\d{4}-\d\d,acme,3,/);
  const shown = await tidegate(gateway, ["tenants", "usage", "acme"], true);
  assert.match(shown.out, /tenantKey +model +requests[^]*all +3 /);
  assert.match(shown.out, /requestsPerMinute {2}tenant\/acme +7 +10 +\d+ s\n/);
  assert.match(shown.out, /budget +tenant\/acme +\$1\.9999 +\$2\.0000 +-\n/);
  await admin(gateway, "PATCH", "/acme", { enabled: false });
  assert.equal(JSON.parse((await usage("acme")).out).limits.length, 3, "also where it is switched off");
  const unused = await tidegate(gateway, ["tenants", "usage", "other"], true);
  assert.match(unused.out, /^Nothing was used [^\n]*\nNothing limits it\.\n$/);
  const nobody = await usage("nobody");
  assert.equal(nobody.exit, 0);
  assert.equal(at(JSON.parse(nobody.out), "limits"), null);
  assert.match(nobody.talk, /No tenant is called 'nobody' now/);
});

Deno.test("options of tidegate tenants that would do nothing are wrong usage", async () => {
  const io = talkingIo({ TIDEGATE_URL: "http://127.0.0.1:9", TIDEGATE_ADMIN_TOKEN: "tg-admin-x" });
  for (
    const words of [
      ["usage"],
      ["usage", "acme", "--json", "--csv"],
      ["usage", "acme", "--models", "m"],
      ["limit", "acme", "--key", "k2ub7a"],
      ["limit", "acme", "--key", "k2ub7a", "--models", "m"],
      ["limit", "acme", "--expires", "2027-01-31"],
      ["rotate", "acme", "--pools", "a"],
      ["disable", "acme", "--concurrency", "5"],
      ["show", "acme", "--csv"],
      ["list", "--by", "model"],
    ]
  ) {
    assert.equal(await run(["tenants", ...words], io), 2, words.join(" "));
  }
});
