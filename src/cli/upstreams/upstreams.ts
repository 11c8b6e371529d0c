import { parseArgs } from "node:util";
import { systemRuntime } from "../../core/time/system_runtime.ts";
import type { DiscoveredModel } from "../../providers/provider.ts";
import { UpstreamCaller } from "../../upstream/call.ts";
import { outboundProxies, PROXY_VARIABLES } from "../../upstream/transport/outbound_proxy.ts";
import type { CliIo } from "../cli_io.ts";
import { EXIT } from "../exit_codes.ts";
import { ADVICE } from "./advice.ts";
import { type UpstreamTarget, upstreamTarget } from "./target.ts";
import { modelsOf, type TrialRoom, type TrialStep, tryUpstream } from "./try_upstream.ts";

const USAGE = `Usage:
  tidegate upstreams test   --provider P [--url URL] [--key REF] [--model M] [--api-version V] [--json]
  tidegate upstreams models --provider P [--url URL] [--key REF] [--api-version V] [--json]

Tries an upstream before it is written into the config. 'test' shows where requests would go, and tries the key,
the list of models and, with --model, one chat of a few tokens. 'models' prints the list.

  --provider P      the vendor, as in the config: openai, azure_openai, anthropic, gemini, openai_compatible, …
  --url URL         its base URL; the vendor's own when omitted
  --key REF         env:NAME or file:PATH; without it no credential is sent
  --model M         the model (Azure: the deployment) to chat with; the only call that costs something
  --api-version V   for Azure

Exit code 0 when all went well, 3 when something failed, 2 for wrong usage. Some vendors list their models for
anybody: there only --model proves a key.
`;

/** The command `tidegate upstreams`. Resolves to its exit code: 0, 3 when a step failed, 2 for wrong usage. */
export async function upstreams(args: readonly string[], io: CliIo): Promise<number> {
  let command: Command | undefined;
  try {
    command = read(args, io);
  } catch (error) {
    io.stderr(`tidegate upstreams: ${error instanceof Error ? error.message : "bad arguments"}\n\n${USAGE}`);
    return EXIT.usage;
  }
  if (command === undefined) {
    io.stdout(USAGE);
    return EXIT.ok;
  }
  const runtime = systemRuntime();
  await using caller = new UpstreamCaller(command.proxies, runtime);
  const room = { caller, runtime };
  return command.name === "test" ? await test(command, io, room) : await models(command, io, room);
}

interface Command {
  readonly name: "test" | "models";
  readonly target: UpstreamTarget;
  readonly model: string | undefined;
  readonly json: boolean;
  readonly proxies: ReturnType<typeof outboundProxies>;
}

/** The command meant; undefined when help is asked for. Throws an error with one line for anything else. */
function read(args: readonly string[], io: CliIo): Command | undefined {
  const text = { type: "string" } as const; // parseArgs tells options apart by this literal
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...{ provider: text, url: text, key: text, model: text, "api-version": text },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return undefined;
  const [name, ...rest] = positionals;
  if ((name !== "test" && name !== "models") || rest.length > 0) {
    throw new RangeError("say upstreams test or upstreams models");
  }
  if (name === "models" && values.model !== undefined) {
    throw new RangeError("--model belongs to upstreams test");
  }
  const { provider, url, key, model, json } = values;
  const target = upstreamTarget({ provider, url, key, apiVersion: values["api-version"] }, io);
  const environment = PROXY_VARIABLES.map((variable) => [variable, io.env(variable)] as const);
  return { name, target, model, json, proxies: outboundProxies(Object.fromEntries(environment)) };
}

async function test({ target, model, json }: Command, io: CliIo, room: TrialRoom): Promise<number> {
  const steps = await tryUpstream(target, model, room);
  const ok = steps.every((step) => step.ok);
  if (json) io.stdout(`${JSON.stringify({ provider: target.provider.type, url: target.url, ok, steps })}\n`);
  else io.stdout(steps.map(stepLines).join(""));
  return ok ? EXIT.ok : EXIT.testFailed;
}

function stepLines({ step, ok, detail, advice }: TrialStep): string {
  const line = `${step.padEnd(6)}  ${ok ? "ok    " : "failed"}  ${detail}\n`;
  return advice === undefined ? line : `${line}                ${advice}\n`;
}

async function models({ target, json }: Command, io: CliIo, room: TrialRoom): Promise<number> {
  const answer = await modelsOf(target, room);
  const { type } = target.provider;
  if ("models" in answer) {
    if (json) io.stdout(`${JSON.stringify({ provider: type, url: target.url, models: answer.models })}\n`);
    else io.stdout(table(answer.models));
    return EXIT.ok;
  }
  const { outcome } = answer;
  if (json) io.stdout(`${JSON.stringify({ provider: type, url: target.url, outcome })}\n`);
  const advice = outcome.class === "ok" ? "" : ` ${ADVICE[outcome.class]}`;
  io.stderr(`tidegate upstreams: no list: ${outcome.class} (${outcome.reason}).${advice}\n`);
  return EXIT.testFailed;
}

/** A line a model: its name, most input tokens, most output tokens, as far as they are told. */
function table(list: readonly DiscoveredModel[]): string {
  const width = Math.max(...list.map(({ id }) => id.length));
  return list.map(({ id, contextWindow, maxOutputTokens }) => {
    const numbers = [contextWindow, maxOutputTokens].map((count) => String(count ?? "-").padStart(9)).join(
      " ",
    );
    return contextWindow === undefined && maxOutputTokens === undefined
      ? `${id}\n`
      : `${id.padEnd(width)} ${numbers}\n`;
  }).join("");
}
