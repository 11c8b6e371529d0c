import net from "node:net";
import type { AddressInfo } from "node:net";
import { byteStrings, type Fault, type Step } from "./fake_upstream_script.ts";
import { RequestParser, type WireField } from "./fake_upstream_parser.ts";

/** One request as it arrived, whole head; the body grows until it is complete. */
export interface Delivery {
  readonly method: string;
  /** Request target as sent, query included. */
  readonly target: string;
  /** By lower-case name; of several equal ones the values are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** The header fields as they came, in order. */
  readonly fields: readonly WireField[];
  /** Body bytes so far, with any chunked framing taken off. */
  readonly body: Uint8Array;
  readonly text: string;
  /** 1 for the first request on its connection. */
  readonly onConnection: number;
  /** Resolves when the connection that carried it is closed, whoever closed it. */
  readonly closed: Promise<void>;
  readonly isClosed: boolean;
  /** Bytes of the answer that the socket has not yet taken: grows when the reader stops. */
  readonly unsentBytes: () => number;
}

/** What the fake does with the request of that number (0 for the first). A list is used in order; its last entry repeats. */
export type Script = Fault | readonly Fault[] | ((delivery: Delivery, index: number) => Fault);

/** An upstream on 127.0.0.1 that misbehaves exactly as told, over real sockets, and keeps what it was sent. */
export interface FakeUpstream extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** Every request whose head arrived, in order. */
  readonly deliveries: readonly Delivery[];
  /** Connections open now. */
  readonly openConnections: number;
  /** Connections ever made. */
  readonly connections: number;
  /** Changes the script for requests to come. */
  script: Script;
}

/** Starts one. Ends with its scope: `await using upstream = await fakeUpstream(FAULTS.ok)`. */
export async function fakeUpstream(script: Script): Promise<FakeUpstream> {
  const state = { script, connections: 0 };
  const deliveries: MutableDelivery[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    state.connections++;
    sockets.add(socket);
    serveConnection(socket, deliveries, (delivery, index) => faultFor(state.script, delivery, index));
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // The address of a listening TCP server is never a pipe's name or null.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    deliveries,
    get openConnections() {
      return sockets.size;
    },
    get connections() {
      return state.connections;
    },
    get script() {
      return state.script;
    },
    set script(next: Script) {
      state.script = next;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A URL on this machine where nobody listens. */
export async function refusedUrl(): Promise<string> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // The address of a listening TCP server is never a pipe's name or null.
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return `http://127.0.0.1:${port}`;
}

interface MutableDelivery extends Delivery {
  body: Uint8Array;
  isClosed: boolean;
}

function faultFor(script: Script, delivery: Delivery, index: number): Fault {
  if (typeof script === "function") return script(delivery, index);
  if (!isList(script)) return script;
  const fault = script[Math.min(index, script.length - 1)];
  if (fault === undefined) throw new RangeError("Cannot follow an empty script: give at least one fault");
  return fault;
}

function isList(script: Fault | readonly Fault[]): script is readonly Fault[] {
  return Array.isArray(script);
}

function serveConnection(
  socket: net.Socket,
  deliveries: MutableDelivery[],
  choose: (delivery: Delivery, index: number) => Fault,
): void {
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  const parser = new RequestParser();
  let delivery: MutableDelivery | undefined;
  let fault: Fault = { steps: [] };
  let onConnection = 0;
  let busy = false;
  socket.setNoDelay(true);
  socket.on("error", () => {});
  socket.once("close", () => {
    for (const each of deliveries) if (each.closed === closed) each.isClosed = true;
  });

  const advance = () => {
    if (busy) return;
    if (delivery === undefined) {
      const head = parser.head();
      if (head === undefined) return;
      const fresh: MutableDelivery = {
        ...head,
        body: new Uint8Array(0),
        get text() {
          return new TextDecoder().decode(this.body);
        },
        onConnection: ++onConnection,
        closed,
        isClosed: false,
        unsentBytes: () => socket.writableLength,
      };
      delivery = fresh;
      deliveries.push(fresh);
      fault = choose(fresh, deliveries.length - 1);
    }
    const current = delivery;
    if (fault.before === "body") {
      busy = true;
      void play(socket, fault.steps);
      return;
    }
    const body = parser.body();
    if (body === undefined) return;
    current.body = body;
    busy = true;
    void play(socket, fault.steps).then(() => {
      busy = false;
      delivery = undefined;
      if (!socket.destroyed) advance();
    });
  };
  socket.on("data", (chunk: Uint8Array) => {
    parser.push(chunk);
    advance();
  });
}

/** Follows the steps; resolves when they are done, never when one of them is a stall. */
async function play(socket: net.Socket, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    if (socket.destroyed) return;
    switch (step.do) {
      case "send":
        for (const piece of byteStrings(step)) {
          if (socket.destroyed) return;
          await written(socket, piece);
        }
        break;
      case "wait":
        await step.until;
        break;
      case "pause":
        await paused(socket, step.forMs);
        break;
      case "close":
        socket.end();
        return await new Promise(() => {});
      case "reset":
        socket.resetAndDestroy();
        return;
      case "stall":
        return await new Promise(() => {});
      case "endless":
        while (!socket.destroyed) await written(socket, step.bytes);
        return;
    }
  }
}

/** Resolves after that time, or as soon as the socket is gone. */
function paused(socket: net.Socket, forMs: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      socket.off("close", done);
      resolve();
    };
    const timer = setTimeout(done, forMs);
    socket.once("close", done);
  });
}

/** Resolves when the kernel took the bytes or the socket is gone, so that an endless answer is paced by its reader. */
function written(socket: net.Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off("close", done);
      resolve();
    };
    socket.once("close", done);
    socket.write(bytes, done);
  });
}
