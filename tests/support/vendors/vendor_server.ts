import http from "node:http";
import type { AddressInfo } from "node:net";
import { VendorRefusal } from "./json.ts";

/** One request as a vendor got it, whole. */
export interface VendorRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON; undefined where there was none. */
  readonly body: unknown;
}

/** A whole answer, or one in pieces. */
export interface VendorReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Written one by one, each in a turn of its own. */
  readonly pieces: readonly string[];
  /** Keeps the connection open after the last piece until the other side leaves. */
  readonly stalls?: boolean;
}

/** A vendor's manners: what it answers, and how it says no. */
export interface VendorManners {
  /** Throws {@link VendorRefusal} for what the real vendor answers with a 400. */
  respond(request: VendorRequest): VendorReply;
  refusal(refusal: VendorRefusal): VendorReply;
}

/** A fake vendor on 127.0.0.1, as strict as the real one, that keeps what it was sent. */
export interface Vendor extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** The only credential it takes. */
  readonly key: string;
  readonly requests: readonly VendorRequest[];
  /** What it answered with a 400 for being wrong, and what broke in itself. */
  readonly refusals: readonly string[];
  /** Answers whose reader left before their end. */
  readonly departures: number;
  /** Forgets requests, refusals and departures. */
  forget(): void;
}

/** Starts one. Ends with its scope. */
export async function startVendor(key: string, manners: VendorManners): Promise<Vendor> {
  const kept = { requests: [] as VendorRequest[], refusals: [] as string[], departures: 0 };
  const server = http.createServer((incoming, outgoing) => {
    void (async () => {
      const request = await whole(incoming);
      kept.requests.push(request);
      outgoing.on("close", () => {
        if (!outgoing.writableFinished) kept.departures++;
      });
      await send(outgoing, reply(manners, request, kept.refusals));
    })().catch((error: unknown) => {
      kept.refusals.push(`broke: ${error}`);
      outgoing.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // The address of a listening TCP server is never a pipe's name or null.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    key,
    get requests() {
      return kept.requests;
    },
    get refusals() {
      return kept.refusals;
    },
    get departures() {
      return kept.departures;
    },
    forget() {
      kept.requests = [];
      kept.refusals = [];
      kept.departures = 0;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function reply(manners: VendorManners, request: VendorRequest, refusals: string[]): VendorReply {
  try {
    return manners.respond(request);
  } catch (error) {
    if (!(error instanceof VendorRefusal)) throw error;
    refusals.push(error.message);
    return manners.refusal(error);
  }
}

async function whole(incoming: http.IncomingMessage): Promise<VendorRequest> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const bytes = new Uint8Array(await new Blob(chunks.map((chunk) => new Uint8Array(chunk))).arrayBuffer());
  const text = new TextDecoder().decode(bytes);
  const url = new URL(incoming.url ?? "/", "http://vendor");
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
  );
  return {
    method: incoming.method ?? "",
    path: url.pathname,
    query: url.searchParams,
    headers,
    body: text === "" ? undefined : parsed(text),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function send(outgoing: http.ServerResponse, answer: VendorReply): Promise<void> {
  const isStream = answer.pieces.length > 1 || answer.stalls === true;
  const length = isStream ? {} : { "content-length": String(bytesIn(answer.pieces.join(""))) };
  outgoing.writeHead(answer.status, { "content-type": "application/json", ...answer.headers, ...length });
  for (const piece of answer.pieces) {
    if (outgoing.destroyed) return;
    outgoing.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (answer.stalls !== true) outgoing.end();
}

function bytesIn(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** A JSON answer in one piece. */
export function jsonReply(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): VendorReply {
  return { status, headers, pieces: [JSON.stringify(body)] };
}

/** An event stream, cut or stalled as the plan says: of a broken one only `content` pieces from the front are sent. */
export function streamReply(
  pieces: readonly string[],
  broken: { readonly transport: "whole" | "stalls" | "is_cut"; readonly content: number },
  headers: Readonly<Record<string, string>> = {},
): VendorReply {
  const sent = broken.transport === "whole" ? pieces : pieces.slice(0, broken.content);
  return {
    status: 200,
    headers: { "content-type": "text/event-stream", ...headers },
    pieces: sent,
    ...(broken.transport === "stalls" ? { stalls: true } : {}),
  };
}
