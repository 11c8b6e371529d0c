import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { CliIo } from "../../src/cli/cli_io.ts";
import { demo } from "../../src/cli/demo.ts";
import type { StartGateway } from "../../src/cli/demo/run_demo.ts";
import type { DemoReport } from "../../src/cli/demo/tally.ts";
import { type Config } from "../../src/config/config.ts";
import { loadConfig } from "../../src/config/load.ts";

interface Seen {
  readonly io: CliIo;
  out: string;
  talk: string;
}

function seenIo(isTerminal: boolean): Seen {
  const seen: Seen = {
    out: "",
    talk: "",
    io: {
      stdout: (text) => void (seen.out += text),
      stderr: (text) => void (seen.talk += text),
      isTerminal,
      env: () => undefined,
    },
  };
  return seen;
}

const neverStarts: StartGateway = () => Promise.reject(new Error("must not start"));

/** A gateway reduced to what the demo looks at: it asks the limited upstream, and the fast one where that refuses. */
function failoverGateway(
  seen: { dataDir?: string; config?: Config; listen?: object; asked?: () => void },
): StartGateway {
  return async ({ configText, dataDir, listen }) => {
    const { config } = loadConfig({
      text: configText,
      file: "demo",
      env: () => undefined,
      readSecretFile: () => {
        throw new Error("the demo has no key files");
      },
    });
    Object.assign(seen, { dataDir, config, listen });
    await Deno.writeTextFile(`${dataDir}/left.txt`, "to be removed");
    const upstreams = config.pools[0]?.upstreams ?? [];
    const urls = ["limited", "fast"].flatMap((name) => upstreams.find((one) => one.name === name)?.url ?? []);
    const server = createServer(async (request, response) => {
      seen.asked?.();
      const parts: Uint8Array[] = [];
      for await (const part of request) parts.push(part);
      const left = new AbortController();
      response.on("close", () => left.abort());
      try {
        for (const [index, url] of urls.entries()) {
          const body = new Blob(parts.map((part) => new Uint8Array(part)));
          const answer = await fetch(`${url}/chat/completions`, {
            method: "POST",
            body,
            signal: left.signal,
          });
          if (answer.status === 200) {
            response.writeHead(200, { "x-tidegate-attempts": String(index + 1) });
            for await (const chunk of answer.body ?? []) response.write(chunk);
            response.end();
            return;
          }
          await answer.body?.cancel();
        }
        response.writeHead(503).end();
      } catch {
        response.destroy();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    // A TCP server's address is an object once it listens.
    const { port } = server.address() as AddressInfo;
    return {
      url: `http://127.0.0.1:${port}`,
      close: () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    };
  };
}

Deno.test("demo ends by itself, tells each second what happened, and leaves nothing behind", async () => {
  const seen = seenIo(false);
  const gateway: { dataDir?: string; config?: Config; listen?: object } = {};
  assert.equal(await demo(["--seconds", "2"], seen.io, failoverGateway(gateway)), 0);
  const reports: DemoReport[] = seen.out.trimEnd().split("\n").map((line) => JSON.parse(line));
  const last = reports.at(-1);
  assert.ok(last !== undefined && reports.length >= 2);
  assert.ok(last.requests >= 4 && last.requests <= 12, `${last.requests} in two seconds`);
  assert.deepEqual(last.upstreams.map((upstream) => upstream.name), ["fast", "slow", "flaky", "limited"]);
  const limited = last.upstreams.at(-1);
  assert.ok((limited?.served ?? 0) > 0 && (limited?.firstTokenP50Ms ?? 0) >= 90, JSON.stringify(limited));
  assert.equal(last.ok, last.upstreams.reduce((sum, upstream) => sum + upstream.served, 0));
  assert.deepEqual(gateway.listen, { host: "127.0.0.1", port: 0 });
  await assert.rejects(Deno.stat(gateway.dataDir ?? ""), Deno.errors.NotFound);
});

Deno.test("demo's config is valid and its curl line has the key that the config lets in", async () => {
  const seen = seenIo(true);
  const gateway: { config?: Config } = {};
  await demo(["--seconds", "1"], seen.io, failoverGateway(gateway));
  const key = /Bearer (sk-tg-[0-9a-f]{40})'/.exec(seen.talk)?.[1];
  assert.ok(key !== undefined, seen.talk);
  assert.deepEqual(gateway.config?.tenants[0]?.keys.map((each) => each.secret?.reveal()), [key]);
  assert.match(seen.out, /^upstream +served/);
  assert.ok(seen.out.includes("\x1b["), "a terminal's table is drawn over the one before");
});

Deno.test("a signal ends demo with 130 and leaves nothing behind", async () => {
  const seen = seenIo(false);
  // It comes with the first question, when demo is surely at work; SIGINT would end the test runner itself.
  const gateway: { dataDir?: string; asked?: () => void } = {};
  let sent = false;
  gateway.asked = () => {
    if (!sent) Deno.kill(Deno.pid, "SIGTERM");
    sent = true;
  };
  assert.equal(await demo(["--seconds", "3600"], seen.io, failoverGateway(gateway)), 130);
  await assert.rejects(Deno.stat(gateway.dataDir ?? ""), Deno.errors.NotFound);
});

Deno.test("demo removes its directory when the gateway cannot start", async () => {
  let dataDir = "";
  const fails: StartGateway = (options) => {
    dataDir = options.dataDir;
    return Promise.reject(new Error("port taken"));
  };
  await assert.rejects(demo([], seenIo(false).io, fails), /port taken/);
  await assert.rejects(Deno.stat(dataDir), Deno.errors.NotFound);
});

Deno.test("demo refuses wrong usage with exit code 2 and says what is right", async () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [["--seconds", "0"], /--seconds must be a whole number from 1/],
    [["--seconds", "1.5"], /--seconds must be/],
    [["--seconds", "x"], /--seconds must be/],
    [["--listen", "0.0.0.0:4283"], /--listen must be a loopback/],
    [["--listen", "127.0.0.1.example.com:80"], /--listen must be a loopback/],
    [["--listen", "127.0.0.1"], /--listen must be a loopback/],
    [["--listen", "127.0.0.1:70000"], /--listen must be a loopback/],
    [["--frobnicate"], /frobnicate/],
    [["extra"], /extra/],
  ];
  for (const [args, text] of cases) {
    const seen = seenIo(false);
    assert.equal(await demo(args, seen.io, neverStarts), 2, args.join(" "));
    assert.match(seen.talk, text);
    assert.match(seen.talk, /Usage:/);
  }
});

Deno.test("demo --help tells the usage and starts nothing", async () => {
  const seen = seenIo(false);
  assert.equal(await demo(["--help"], seen.io, neverStarts), 0);
  assert.match(seen.out, /tidegate demo \[--seconds N\]/);
});
