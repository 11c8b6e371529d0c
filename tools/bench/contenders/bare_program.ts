/**
 * The least that a gateway on this platform does: reads the request, calls the upstream, writes what comes. It knows no
 * keys, limits, balancing, records or metrics. Its cost is the platform's; what Tidegate costs more is its own work.
 * The ports of the upstreams are its arguments, for plain and for streamed answers; it prints its own.
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Buffer } from "node:buffer";
import { Agent } from "undici";

const [plain, streamed] = Deno.args.map((port) => `http://127.0.0.1:${port}`);
const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0, pipelining: 1 });

function pass(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const origin = body.includes('"stream":true') ? streamed : plain;
  if (origin === undefined) throw new Error("two ports are needed");
  const call = {
    origin,
    path: request.url ?? "/",
    method: "POST" as const,
    headers: { "content-type": "application/json" },
    body,
  };
  agent.dispatch(call, {
    onRequestStart() {},
    onResponseStart(_controller, status, headers) {
      const type = headers["content-type"];
      response.writeHead(status, { "content-type": typeof type === "string" ? type : "application/json" });
    },
    onResponseData(_controller, chunk) {
      response.write(chunk);
    },
    onResponseEnd() {
      response.end();
    },
    onResponseError(_controller, error) {
      response.destroy(error);
    },
  });
}

// Deno's timer for idle connections doubles what a small answer costs: Tidegate closes them itself, others would do too.
const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
  if (request.method !== "POST") return void response.end();
  const parts: Buffer[] = [];
  request.on("data", (part: Buffer) => parts.push(part));
  request.on(
    "end",
    () => pass(request, response, parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)),
  );
});

server.listen(0, "127.0.0.1", 4_096, () => {
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  Deno.stdout.writeSync(new TextEncoder().encode(`port ${port}\n`));
});
