import { type Child, runProgram, startChild } from "../process/child.ts";
import { familyOf } from "../process/accounting.ts";
import { freePort } from "../process/free_port.ts";
import { CHAT_PATH, type Contender, NGINX, type UpstreamPorts } from "./contender.ts";
import { firstAnswer } from "./first_answer.ts";

const PROGRAM = "nginx";

/** The version that is installed; undefined when none is. */
export async function nginxVersion(): Promise<string | undefined> {
  const child = await runProgram({ program: PROGRAM, args: ["-v"] }, 10_000);
  return child === undefined ? undefined : /nginx\/(\S+)/.exec(child.stderr)?.[1];
}

/** One worker, nothing logged, everything it writes in its own folder. */
async function startNginx(folder: string, servers: string): Promise<Child> {
  await Deno.mkdir(folder, { recursive: true });
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`).join("\n  ");
  const config = `daemon off;
worker_processes 1;
worker_rlimit_nofile 16384;
${Deno.uid() === 0 ? "user root;" : ""}
pid ${folder}/nginx.pid;
error_log ${folder}/error.log warn;
events { worker_connections 8192; }
http {
  access_log off;
  ${temporary}
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  client_max_body_size 64m;
  tcp_nodelay on;
  ${servers}
}
`;
  await Deno.writeTextFile(`${folder}/nginx.conf`, config);
  return startChild({
    program: PROGRAM,
    args: ["-p", folder, "-c", `${folder}/nginx.conf`, "-e", `${folder}/error.log`],
  });
}

/** Starts `proxy_pass` to both upstreams; answers are passed on as they come. */
export async function startNginxProxy(
  { version, upstreams, folder }: { version: string; upstreams: UpstreamPorts; folder: string },
): Promise<Contender> {
  const ports = { plain: freePort(), streamed: freePort() };
  const servers = (["plain", "streamed"] as const).map((route) => `
  upstream ${route} { server 127.0.0.1:${upstreams[route]}; keepalive 1024; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${ports[route]} backlog=4096;
    location = /healthz { return 200; }
    location / {
      proxy_pass http://${route};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }
  }`);
  const startedMs = performance.now();
  const child = await startNginx(folder, servers.join("\n"));
  try {
    await firstAnswer(`http://127.0.0.1:${ports.plain}/healthz`, child.ended);
  } catch (error) {
    await child[Symbol.asyncDispose]();
    throw error;
  }
  return {
    name: NGINX,
    version,
    routes: {
      plain: { port: ports.plain, path: CHAT_PATH, headers: {} },
      streamed: { port: ports.streamed, path: CHAT_PATH, headers: {} },
    },
    pids: () => familyOf(child.pid),
    startMs: performance.now() - startedMs,
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

/** Starts an upstream that answers every call with `answer` and looks at nothing: the cheapest one there is. */
export async function startNginxUpstream(
  { answer, folder }: { answer: string; folder: string },
): Promise<{ port: number; pids: () => readonly number[] } & AsyncDisposable> {
  const port = freePort();
  // In nginx a dollar sign begins a variable and cannot be escaped; a quote can.
  if (answer.includes("$")) throw new Error("the answer may hold no dollar sign");
  const body = answer.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
  const child = await startNginx(
    folder,
    `
  server {
    listen 127.0.0.1:${port} backlog=4096;
    default_type application/json;
    location / { return 200 '${body}'; }
  }`,
  );
  try {
    await firstAnswer(`http://127.0.0.1:${port}/`, child.ended);
  } catch (error) {
    await child[Symbol.asyncDispose]();
    throw error;
  }
  return {
    port,
    pids: () => familyOf(child.pid),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}
