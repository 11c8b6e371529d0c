import { Hono } from "hono";

import { ERROR_STATUS } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { addAdminRoutes, type AdminRoom } from "./admin/admin_routes.ts";
import type { ConnectionFacts } from "./admin/frame/answer_call.ts";
import { addMetricsRoute, type MetricsRoom } from "./metrics/metrics_route.ts";
import { plainError } from "./plain_error.ts";
import type { Readiness } from "./readiness.ts";

/** Every answer of these routes: never cached, never guessed at, never framed, nothing loaded. */
const SECURITY_HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;

/** All routes outside the data plane; without `admin` none of the admin API's, without `metrics` none of theirs. */
export function makeApp(
  context: {
    readiness: () => Readiness;
    log: Log;
    admin: AdminRoom | undefined;
    metrics?: MetricsRoom | undefined;
  },
): Hono<{ Bindings: ConnectionFacts }> {
  const app = new Hono<{ Bindings: ConnectionFacts }>();
  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) c.header(name, value);
  });
  app.on("GET", ["/healthz", "/health"], (c) => c.json({ status: "ok" }));
  app.get("/readyz", (c) => {
    const { ready, detail } = context.readiness();
    return c.json({ status: ready ? "ready" : "not_ready", ...detail }, ready ? 200 : 503);
  });
  app.get(
    "/",
    (c) => (c.req.header("accept") ?? "").includes("text/html") ? c.html(WELCOME_HTML) : c.text(WELCOME),
  );
  if (context.admin !== undefined) addAdminRoutes(app, context.admin);
  if (context.metrics !== undefined) addMetricsRoute(app, context.metrics);
  app.notFound((c) =>
    c.body(
      plainError("not_found", "There is nothing at this path; the API is under /v1.", ERROR_STATUS.not_found),
      404,
      {
        "content-type": JSON_TYPE,
      },
    )
  );
  app.onError((fault, c) => {
    context.log.error("A route outside the data plane failed", { route: c.req.routePath, fault });
    const text = "The gateway failed on this request; its log tells why.";
    return c.body(plainError("internal_error", text, ERROR_STATUS.internal_error), 500, {
      "content-type": JSON_TYPE,
    });
  });
  return app;
}

const JSON_TYPE = "application/json; charset=utf-8";

const WELCOME = `Tidegate is running: one endpoint for all your models and keys.

Next steps
  API base URL    this address with /v1, for any OpenAI client
  API key         the tenant key that the gateway named when it started
  List models     curl THIS_ADDRESS/v1/models -H "Authorization: Bearer YOUR_KEY"
  Alive?          /healthz
  Ready, and why  /readyz
`;

const WELCOME_HTML = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Tidegate</title></head>
<body>
<h1>Tidegate is running</h1>
<p>One endpoint for all your models and keys.</p>
<ul>
<li>API base URL: this address with <code>/v1</code>, for any OpenAI client</li>
<li>API key: the tenant key that the gateway named when it started</li>
<li>Models: <code>GET /v1/models</code> with <code>Authorization: Bearer YOUR_KEY</code></li>
<li><a href="/healthz">Alive?</a> <a href="/readyz">Ready, and why?</a></li>
</ul>
</body>
</html>
`;
