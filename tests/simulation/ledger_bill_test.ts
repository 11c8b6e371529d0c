import assert from "node:assert/strict";
import type { LedgerRow } from "../../src/limits/ledger/ledger_row.ts";
import type { BilledFormat } from "./vendors/billed_answer.ts";
import { BillingNetwork, type BillLine } from "./vendors/billing_network.ts";
import { Chance } from "./world/chance.ts";
import { GatewayWorld } from "./world/gateway_world.ts";
import { LeavingExchange } from "./world/leaving_exchange.ts";
import { simulate } from "./world/seeds.ts";
import { printTable } from "./world/table.ts";
import { VirtualTime } from "./world/virtual_time.ts";

const REQUESTS = 10_000;
const FORMATS: readonly BilledFormat[] = [
  "openai_chat",
  "openai_responses",
  "anthropic_messages",
  "gemini_generate",
];

/** One pool for each format, with keys to go on to. */
const CONFIG = {
  pools: FORMATS.map((format) => ({
    name: format,
    provider: "openai_compatible",
    upstreams: [`http://${format.replace("_", "-")}.test`],
    keys: Array.from({ length: 20 }, (_, index) => `sk-billed-${format}-${String(index).padStart(4, "0")}`),
    models: [`${format}-*`],
    formats: [format],
    affinity: "off",
    // All calls are to be made, however many fail.
    health: { consecutive: 1000, rate: { minimum: 1000, share: 1 } },
    retry: { budget: { share: 1 } },
  })),
  prices: { "*": { input: 1, output: 4 } },
};

interface Asked {
  readonly path: string;
  readonly query: string;
  readonly body: string;
}

/** A request for a model of its own, so that its rows are known again. */
function requestOf(id: number, format: BilledFormat, stream: boolean, chance: Chance): Asked {
  const text = "What now? ".repeat(Math.floor(chance.between(40, 400)));
  const model = `${format}-${id}`;
  const messages = [{ role: "user", content: text }];
  switch (format) {
    case "openai_chat":
      return {
        path: "/v1/chat/completions",
        query: "",
        body: JSON.stringify({ model, stream, messages }),
      };
    case "openai_responses":
      return { path: "/v1/responses", query: "", body: JSON.stringify({ model, stream, input: messages }) };
    case "anthropic_messages":
      return {
        path: "/v1/messages",
        query: "",
        body: JSON.stringify({ model, stream, "max_tokens": 500, messages }),
      };
    case "gemini_generate":
      return {
        path: `/v1beta/models/${model}:${stream ? "streamGenerateContent" : "generateContent"}`,
        query: stream ? "alt=sse" : "",
        body: JSON.stringify({ contents: [{ role: "user", parts: [{ text }] }] }),
      };
  }
}

const tokensOf = ({ usage }: LedgerRow) => usage.inputTokens + usage.outputTokens;
const billed = ({ inputTokens, outputTokens }: BillLine) => inputTokens + outputTokens;

/** The rows of a request in the order of its attempts, beside the vendor's lines. */
function pairsOf(rows: readonly LedgerRow[], bill: readonly BillLine[]): [LedgerRow, BillLine][] {
  const byRequest = new Map<number, LedgerRow[]>();
  for (const row of rows) {
    const id = Number(row.model?.split("-").at(-1));
    const list = byRequest.get(id) ?? [];
    list.push(row);
    byRequest.set(id, list);
  }
  const numberOf = ({ id }: LedgerRow) => Number(id.split("-").at(-1));
  for (const list of byRequest.values()) list.sort((one, other) => numberOf(one) - numberOf(other));
  return bill.map((line) => {
    const row = byRequest.get(line.request)?.shift();
    assert.ok(row !== undefined, `no row for a call of request ${line.request}`);
    return [row, line];
  });
}

simulate(
  "the ledger is the vendors' bill to the token where they reported, and else marked and within 15 %",
  async (seed) => {
    const time = new VirtualTime(seed);
    const chance = new Chance(seed);
    const network = new BillingNetwork(time, new Chance(seed + 1), { refused: 0.05, cut: 0.15 });
    const world = await GatewayWorld.open({ time, network, config: CONFIG });
    const rows: LedgerRow[] = [];
    const enter = world.ledger.enter.bind(world.ledger);
    world.ledger.enter = (row) => {
      rows.push(row);
      return enter(row);
    };
    let over = 0;
    let failure: unknown;
    const arrive = (id: number) => {
      if (id < REQUESTS) time.after(chance.exponential(20), () => arrive(id + 1));
      const asked = requestOf(id, chance.oneOf(FORMATS), chance.happens(0.7), chance);
      const exchange = new LeavingExchange({ ...asked, id });
      if (chance.happens(0.25)) time.after(chance.between(1, 1_500), () => exchange.leave());
      world.gateway.handle(exchange).then(() => void over++, (error) => void (failure ??= error));
    };
    time.after(0, () => arrive(1));
    await time.run(() => failure !== undefined || over >= REQUESTS);
    if (failure !== undefined) throw failure;
    await time.pass(1_000);

    assert.equal(rows.length, network.bill.length, "each call is entered, once");
    const counts = { reported: 0, partial: 0, estimated: 0, refused: 0 };
    let worst = 0;
    for (const [row, line] of pairsOf(rows, network.bill)) {
      if (line.status >= 300) {
        counts.refused++;
        assert.deepEqual([tokensOf(row), row.costNanos], [0, 0]);
        continue;
      }
      counts[row.provenance]++;
      if (row.provenance === "reported") {
        const { inputTokens, outputTokens } = row.usage;
        assert.deepEqual([inputTokens, outputTokens], [line.inputTokens, line.outputTokens], row.id);
        assert.equal(row.costNanos, inputTokens * 1_000 + outputTokens * 4_000);
      } else {
        assert.ok(!line.told, `${row.id} was told and is ${row.provenance}`);
        const off = Math.abs(tokensOf(row) - billed(line)) / billed(line);
        worst = Math.max(worst, off);
        assert.ok(off <= 0.15, `${row.id} ${row.model}: ${tokensOf(row)} tokens for ${billed(line)}`);
      }
    }
    const [total] = await world.ledger.query({
      fromMs: 0,
      toMs: time.runtime.now() + 3_600_000,
      bucket: "all",
      by: [],
      only: {},
    });
    assert.equal(total?.sums.attempts, rows.length);
    assert.equal(total?.sums.costNanos, rows.reduce((sum, { costNanos }) => sum + (costNanos ?? 0), 0));
    printTable(`seed ${seed}: ${REQUESTS} requests against vendors that keep their own bill`, [{
      calls: rows.length,
      ...counts,
      "worst estimate, % off": (worst * 100).toFixed(1),
    }]);
    assert.ok(
      rows.length > REQUESTS * 0.95 && counts.partial > 100 && counts.estimated > 100 && counts.refused > 100,
    );
  },
);
