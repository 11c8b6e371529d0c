import { Buffer } from "node:buffer";
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Runtime, Timer } from "../../core/runtime.ts";
import type { SimulatedAnswer, SimulatedRequest } from "./answer.ts";
import { goDuration, rateLimitHeaders } from "./rate_limit.ts";
import { findAnswer } from "./routes.ts";
import { sendAnswer } from "./send_answer.ts";
import type { Vendor } from "./vendor.ts";
import { VendorRefusal } from "./vendor_refusal.ts";

/** Largest request body that is read. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** Marks every answer as made by no model. */
const MARK = "x-tidegate-simulated";

/** Answers one request as `vendor`'s script says; `path` begins with the version, without query. */
export function respond(
  vendor: Vendor,
  target: { readonly path: string; readonly query: string },
  incoming: IncomingMessage,
  response: ServerResponse,
  runtime: Runtime,
): void {
  const { counts } = vendor;
  counts.requests++;
  counts.inFlight++;
  let timer: Timer | undefined;
  response.on("close", () => {
    counts.inFlight--;
    timer?.cancel();
  });
  readBody(incoming, (body) => {
    if (body === undefined) {
      return refuse(
        response,
        newHeaders(runtime),
        new VendorRefusal(413, `The body is over ${MAX_BODY_BYTES} bytes`),
      );
    }
    const headers = newHeaders(runtime);
    const { answer, refusal } = decide(vendor, target, incoming, body, headers, runtime);
    const send = () => {
      if (response.destroyed) return;
      if (refusal !== undefined) return refuse(response, headers, refusal);
      const cut = vendor.script.cut > 0 && vendor.random() < vendor.script.cut;
      if (cut) counts.cut++;
      else response.on("finish", () => counts.answered++);
      sendAnswer(response, headers, answer, { runtime, tokensPerSecond: vendor.script.tokensPerSecond, cut });
    };
    const waitMs = waitFor(vendor, answer);
    if (waitMs > 0) timer = runtime.after(waitMs, send);
    else send();
  });
}

/** Answers what no vendor is asked for: a path that names none. */
export function refuse(response: ServerResponse, headers: OutgoingHttpHeaders, refusal: VendorRefusal): void {
  const body = Buffer.from(refusal.body());
  headers["content-type"] = "application/json";
  headers["content-length"] = body.length;
  response.writeHead(refusal.status, headers);
  response.end(body);
}

/** The header fields every answer has. */
export function newHeaders(runtime: Runtime): OutgoingHttpHeaders {
  return { [MARK]: "true", "x-request-id": `req_${runtime.newId()}` };
}

type Decided =
  | { readonly answer: SimulatedAnswer; readonly refusal?: undefined }
  | { readonly answer?: undefined; readonly refusal: VendorRefusal };

/** What goes back, in the order a vendor decides: its limit, its failures, then the request itself. */
function decide(
  vendor: Vendor,
  target: { readonly path: string; readonly query: string },
  incoming: IncomingMessage,
  body: Buffer,
  headers: OutgoingHttpHeaders,
  runtime: Runtime,
): Decided {
  const { script, counts } = vendor;
  const account = incoming.headers["authorization"] ?? "";
  if (vendor.limit !== undefined) {
    const state = vendor.limit.take(account, runtime.monotonic());
    Object.assign(headers, rateLimitHeaders(state));
    if (!state.allowed) {
      counts.limited++;
      const words =
        `Rate limit reached in organization simulated-${script.name} on requests per min (RPM): ` +
        `Limit ${state.limit}, Used ${state.limit}, Requested 1. Please try again in ${
          goDuration(state.retryAfterMs)
        }.`;
      return { refusal: new VendorRefusal(429, words) };
    }
  }
  if (script.errorRate > 0 && vendor.random() < script.errorRate) {
    counts.failed++;
    return {
      refusal: new VendorRefusal(
        script.failStatus,
        `"${script.name}" fails on purpose with ${script.failStatus}`,
      ),
    };
  }
  const method = incoming.method ?? "GET";
  const find = findAnswer(method, target.path);
  if (find === undefined) {
    return {
      refusal: new VendorRefusal(404, `Unknown request URL: ${method} ${target.path}`, {
        code: "unknown_url",
      }),
    };
  }
  const request: SimulatedRequest = {
    method,
    path: target.path,
    query: target.query,
    headers: incoming.headers,
    body,
    account,
    vendor: script.name,
    createdSeconds: Math.floor(runtime.now() / 1000),
    newId: (prefix) => prefix + runtime.newId().replaceAll("-", ""),
    files: vendor.files,
  };
  try {
    return { answer: find(request) };
  } catch (error) {
    if (error instanceof VendorRefusal) return { refusal: error };
    // A fault of ours: answered as a vendor would, since a throw from here would end the process.
    return { refusal: new VendorRefusal(500, `"${script.name}" could not make its answer`) };
  }
}

/** Until the first byte: the latency, some jitter and, for an answer in one piece, the time its tokens take. */
function waitFor(vendor: Vendor, answer: SimulatedAnswer | undefined): number {
  const { latencyMs, jitterMs, tokensPerSecond } = vendor.script;
  const jitter = jitterMs > 0 ? vendor.random() * jitterMs : 0;
  const tokens = answer?.kind === "whole" ? answer.tokens : 0;
  return latencyMs + jitter + (tokensPerSecond === undefined ? 0 : tokens * 1000 / tokensPerSecond);
}

/** Calls `done` once with the body, or with undefined when it is too large; never when the client leaves before. */
function readBody(incoming: IncomingMessage, done: (body: Buffer | undefined) => void): void {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  incoming.on("data", (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes <= MAX_BODY_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  });
  incoming.on("end", () => {
    if (sizeBytes > MAX_BODY_BYTES) done(undefined);
    else done(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
  });
}
