import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { type RawClient, rawClient } from "../support/raw_client.ts";
import { until } from "../support/until.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Descriptors that the server may open; it needs about 25 for itself. */
const DESCRIPTORS = 160;

const SERVER = `
import { testListener } from "./tests/support/test_listener.ts";
// As the real start does: Deno cannot begin to listen to signals without a descriptor.
Deno.addSignalListener("SIGTERM", () => Deno.exit(0));
const gate = await testListener({ limits: { acceptCheckMs: 500 } });
console.log(gate.port);
`;

Deno.test({
  name: "a server that ran out of file descriptors takes connections again once it has some",
  ignore: Deno.build.os === "windows",
  async fn() {
    const child = new Deno.Command("sh", {
      args: [
        "-c",
        `ulimit -n ${DESCRIPTORS}; exec "$@"`,
        "sh",
        Deno.execPath(),
        "run",
        "-A",
        "--no-check",
        "--config",
        join(ROOT, "deno.json"),
        "-",
      ],
      cwd: ROOT,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
      env: { NO_COLOR: "1" },
    }).spawn();
    const clients: RawClient[] = [];
    try {
      const stdin = child.stdin.getWriter();
      await stdin.write(new TextEncoder().encode(SERVER));
      await stdin.close();
      const output = child.stdout.getReader();
      const port = Number(new TextDecoder().decode((await output.read()).value));
      output.releaseLock();
      for (let i = 0; i < DESCRIPTORS + 40; i++) clients.push(await rawClient(port));
      const waiting = clients.at(-1);
      await waiting?.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
      for (const client of clients.slice(0, DESCRIPTORS)) client.close();
      let answer = "";
      let isAsking = false;
      await until(() => {
        if (!isAsking) {
          isAsking = true;
          fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(500) })
            .then((response) => response.text()).then((text) => answer = text, () => isAsking = false);
        }
        return answer !== "";
      }, "the server answers again");
      assert.equal(answer, '{"status":"ok"}');
    } finally {
      for (const client of clients) client.close();
      child.kill("SIGTERM");
      await child.status;
      await child.stdout.cancel();
    }
  },
});
