import { Buffer } from "node:buffer";
import http from "node:http";
import https from "node:https";
import { join } from "node:path";
import type { CliIo } from "../cli_io.ts";

/** The gateway did not answer, or not as asked; the message is one line for the operator. */
export class GatewayClientError extends Error {
  override readonly name = "GatewayClientError";
  /** Nobody was reached at all. */
  readonly unreachable: boolean;
  /** What the gateway answered with; undefined where that is not what went wrong. */
  readonly status: number | undefined;

  constructor(message: string, unreachable: boolean, status?: number) {
    super(message);
    this.unreachable = unreachable;
    this.status = status;
  }
}

/** Where a running gateway is and what opens its admin API. */
export interface GatewayPlace {
  readonly url: string;
  readonly adminToken: string;
}

/** How long one admin call may take, in milliseconds. */
const CALL_TIMEOUT_MS = 30_000;

/** Where commands look for the gateway unless they are told. */
const USUAL_URL = "http://127.0.0.1:4283";

/**
 * Finds the gateway: `--url` (TIDEGATE_URL), and the token of TIDEGATE_ADMIN_TOKEN or the data directory's
 * `admin.token`. Throws {@link GatewayClientError} when there is no token.
 */
export function gatewayPlace(
  options: { url?: string | undefined; dataDir?: string | undefined },
  io: CliIo,
): GatewayPlace {
  const url = (options.url ?? io.env("TIDEGATE_URL") ?? USUAL_URL).replace(/\/+$/, "");
  const given = io.env("TIDEGATE_ADMIN_TOKEN");
  if (given !== undefined && given !== "") return { url, adminToken: given };
  const path = join(options.dataDir ?? io.env("TIDEGATE_DATA_DIR") ?? "./data", "admin.token");
  try {
    return { url, adminToken: Deno.readTextFileSync(path).trim() };
  } catch {
    throw new GatewayClientError(
      `No admin token: '${path}' cannot be read. Name the gateway's data directory with --data-dir, or set TIDEGATE_ADMIN_TOKEN.`,
      false,
    );
  }
}

/** Most bytes of an answer that are read. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

interface AdminHttpCall {
  readonly method: string;
  readonly path: string;
  readonly body: string | Uint8Array | undefined;
}

/**
 * Makes one admin call: a GET without `body`, a POST with one, unless `method` says otherwise; the parsed JSON answer.
 * Throws {@link GatewayClientError} for anything but a 2xx.
 */
export async function callAdmin(
  place: GatewayPlace,
  path: string,
  body?: unknown,
  method: "GET" | "POST" | "PATCH" | "DELETE" = body === undefined ? "GET" : "POST",
): Promise<unknown> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  return JSON.parse(await answerOf(place, { method, path, body: text }));
}

/** The same with any method, and a body (or none) that goes as it is. */
export async function sendAdmin(
  place: GatewayPlace,
  method: string,
  path: string,
  body?: string | Uint8Array,
): Promise<unknown> {
  return JSON.parse(await answerOf(place, { method, path, body }));
}

/** Reads from the admin API; the answer as text. Throws {@link GatewayClientError} for anything but a 2xx. */
export function readAdmin(place: GatewayPlace, path: string): Promise<string> {
  return answerOf(place, { method: "GET", path, body: undefined });
}

async function answerOf(place: GatewayPlace, call: AdminHttpCall): Promise<string> {
  const { status, text } = await send(place, call);
  if (status >= 200 && status <= 299) return text;
  throw new GatewayClientError(
    `The gateway refused: ${errorText(text) ?? `status ${status}`}`,
    false,
    status,
  );
}

/** `node:http`, because `fetch` may send a POST a second time behind our back. */
function send(
  place: GatewayPlace,
  { method, path, body }: AdminHttpCall,
): Promise<{ status: number; text: string }> {
  const unreachable = () =>
    new GatewayClientError(
      `No gateway answers at ${place.url}. Start it, or name its address with --url.`,
      true,
    );
  const url = URL.parse(place.url + path);
  if (url === null) {
    throw new GatewayClientError(`'${place.url}' is no address. Write it as ${USUAL_URL}.`, false);
  }
  return new Promise((resolve, reject) => {
    const client = url.protocol === "https:" ? https : http;
    const headers = { authorization: `Bearer ${place.adminToken}`, "content-type": "application/json" };
    const request = client.request(url, { method, headers, timeout: CALL_TIMEOUT_MS, agent: false });
    request.on("timeout", () => request.destroy());
    request.on("error", () => reject(unreachable()));
    request.on("response", (response) => {
      const chunks: Uint8Array[] = [];
      let sizeBytes = 0;
      response.on("data", (chunk: Uint8Array) => {
        sizeBytes += chunk.length;
        if (sizeBytes > MAX_ANSWER_BYTES) request.destroy();
        else chunks.push(chunk);
      });
      response.on(
        "end",
        () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
      );
      response.on("error", () => reject(unreachable()));
    });
    request.end(body);
  });
}

function errorText(body: string): string | undefined {
  try {
    const answer: unknown = JSON.parse(body);
    if (typeof answer !== "object" || answer === null || !("error" in answer)) return undefined;
    const { error } = answer;
    if (typeof error !== "object" || error === null || !("message" in error)) return undefined;
    return typeof error.message === "string" ? error.message : undefined;
  } catch {
    return undefined;
  }
}
