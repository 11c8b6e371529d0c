import type { RunningServer } from "../server/start.ts";

/** What decides how the gateway introduces itself. */
export interface StartView {
  /** No config was found: the built-in simulated pool serves. */
  readonly isBuiltIn: boolean;
  readonly configFile: string | undefined;
  /** A person reads it: the key itself may be shown where it was just made. */
  readonly isTerminal: boolean;
}

/** The lines a started gateway prints: where it listens, a curl that works when pasted, where records go, what to do next. */
export function startLines(server: RunningServer, view: StartView): string {
  const { config } = server.loaded;
  const url = `http://${urlHost(server.address.host)}:${server.address.port}`;
  const lines = [`Tidegate listens on ${url}`, ""];
  const ownTenant = config.tenants.length === 0;
  if (ownTenant) lines.push(...keyLines(server, view));
  const model = server.gateway.generation.routes.names[0];
  if (ownTenant && model !== undefined) {
    lines.push("Try it:", "", curlOf(url, server.dataDir.tenantKeyPath, model), "");
  }
  lines.push(
    `Config    ${view.configFile ?? "none found: two simulated upstreams answer (models simulated-*)"}`,
  );
  lines.push(`Data      ${server.dataDir.path} (state: ${server.storeKind})`);
  lines.push(`Records   ${recordsLine(server)}`);
  lines.push(`Health    ${url}/readyz`);
  if (view.isBuiltIn) {
    lines.push(
      "",
      "Next, with your own keys:  deno run -A main.ts init --from-env   (finds OPENAI_API_KEY and its like)",
    );
  }
  return lines.join("\n") + "\n";
}

function keyLines(server: RunningServer, view: StartView): string[] {
  const { tenantKeyPath, tenantKey, isNewTenantKey } = server.dataDir;
  const shown = view.isTerminal && isNewTenantKey ? ` ${tenantKey.reveal()}` : "";
  return [`API key  ${shown} ${isNewTenantKey ? "made now and kept" : "kept"} in ${tenantKeyPath}`, ""];
}

function curlOf(url: string, keyPath: string, model: string): string {
  const body = JSON.stringify({ model, stream: true, messages: [{ role: "user", content: "Hello" }] });
  return [
    `curl -N ${url}/v1/chat/completions \\`,
    `  -H "Authorization: Bearer $(cat ${keyPath})" \\`,
    `  -H "Content-Type: application/json" \\`,
    `  -d '${body}'`,
  ].join("\n");
}

function recordsLine(server: RunningServer): string {
  const { records } = server.loaded.config;
  if (!records.enabled) return "off";
  const where = records.to === "stdout"
    ? "standard output"
    : `${server.dataDir.path}/records/, one JSONL file an hour`;
  const what = records.bodies === "full" ? "prompts and answers included" : "without prompts and answers";
  return `${where}, ${what}; "records": { "enabled": false } stops them`;
}

/** An address a browser on this machine can use for what we listen on. */
function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}
