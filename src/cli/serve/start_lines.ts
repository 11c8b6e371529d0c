import { dirname, join, resolve } from "node:path";
import { NO_FILE } from "../../config/files.ts";
import type { RunningServer } from "../../server/start.ts";

/** What decides how the gateway introduces itself. */
export interface StartView {
  /** As it was named; undefined: none was found and the built-in simulated pool serves. */
  readonly configFile: string | undefined;
  /** A person reads it: the key itself may be shown where it was just made. */
  readonly isTerminal: boolean;
}

/** What of a {@link RunningServer} is told. */
export type StartFacts = Pick<RunningServer, "address" | "dataDir" | "loaded" | "storeKind"> & {
  /** Absent: nothing is said of upstream keys in the store. */
  readonly keys?: Pick<RunningServer["keys"], "book" | "master">;
  /** Names that `/v1/models` lists. */
  readonly models: readonly string[];
};

/** The lines a started gateway prints: where it listens, a curl that works when pasted, where records go, what to do next. */
export function startLines(facts: StartFacts, view: StartView): string {
  const { config } = facts.loaded;
  const url = `http://${urlHost(facts.address.host)}:${facts.address.port}`;
  const lines = [`Tidegate listens on ${url}`, ""];
  const ownTenant = config.tenants.length === 0;
  if (ownTenant) lines.push(keyLine(facts, view), "");
  const model = facts.models[0];
  if (ownTenant && model !== undefined) {
    lines.push("Try it:", "", curlOf(url, facts.dataDir.tenantKeyPath, model), "");
  }
  lines.push(`Config    ${configLine(facts, view)}`);
  lines.push(`Data      ${facts.dataDir.path} (state: ${facts.storeKind})`);
  if (facts.keys !== undefined) lines.push(`Keys      ${keysLine(facts.keys)}`);
  lines.push(`Records   ${recordsLine(facts)}`);
  lines.push(`Health    ${url}/readyz`);
  if (view.configFile === undefined) {
    lines.push(
      "",
      `Next, with your own keys:  ${OWN_COMMAND} init --from-env   (finds OPENAI_API_KEY and its like)`,
    );
  }
  return lines.join("\n") + "\n";
}

/** What runs this program's other commands: the executable, or the sources under Deno. */
const OWN_COMMAND = Deno.build.standalone ? "tidegate" : "deno run -A main.ts";

function keyLine({ dataDir }: StartFacts, view: StartView): string {
  const { tenantKeyPath, tenantKey, isNewTenantKey } = dataDir;
  const shown = view.isTerminal && isNewTenantKey ? `${tenantKey.reveal()}  ` : "";
  return `API key   ${shown}${isNewTenantKey ? "made now and kept" : "kept"} in ${tenantKeyPath}`;
}

function curlOf(url: string, keyPath: string, model: string): string {
  const body = JSON.stringify({ model, stream: true, messages: [{ role: "user", content: "Hello" }] });
  return [
    `curl -N ${url}/v1/chat/completions \\`,
    `  -H "Authorization: Bearer $(cat ${shellWord(keyPath)})" \\`,
    `  -H "Content-Type: application/json" \\`,
    `  -d ${shellWord(body)}`,
  ].join("\n");
}

function configLine({ loaded }: StartFacts, { configFile }: StartView): string {
  if (configFile === undefined) return "none found: two simulated upstreams answer (models simulated-*)";
  const beside = join(dirname(resolve(configFile)), ".env");
  const isRead = (loaded.files.get(beside) ?? NO_FILE) !== NO_FILE;
  return isRead ? `${configFile}, with ${beside} (the process environment wins)` : configFile;
}

function keysLine({ book, master: { path, isNew } }: NonNullable<StartFacts["keys"]>): string {
  const unreadable = book.unreadable().length;
  const count = book.size === 0
    ? "none added at run time"
    : `${book.size} added at run time${
      unreadable === 0 ? "" : `, ${unreadable} CANNOT BE READ with this master key`
    }`;
  return path === undefined
    ? `${count}; master key from TIDEGATE_MASTER_KEY`
    : `${count}; master key ${isNew ? "made now and kept" : "kept"} in ${path}: without it they are lost`;
}

function recordsLine({ loaded, dataDir }: StartFacts): string {
  const { records } = loaded.config;
  if (!records.enabled) return "off";
  const where = records.to === "stdout"
    ? "standard output"
    : `${join(dataDir.path, "records")}/, one JSONL file an hour`;
  const what = records.bodies === "full" ? "prompts and answers included" : "without prompts and answers";
  return `${where}, ${what}; "records": { "enabled": false } stops them`;
}

/** One word of a POSIX shell (XCU §2.2): left alone where nothing in it is special, else in single quotes. */
function shellWord(text: string): string {
  return /^[A-Za-z0-9_./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** An address a browser on this machine can use for what we listen on. */
function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}
