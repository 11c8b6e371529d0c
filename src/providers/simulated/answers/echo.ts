import { createHash } from "node:crypto";
import { Secret } from "../../../core/secret.ts";
import { jsonAnswer, type SimulatedAnswer, type SimulatedRequest } from "../answer.ts";

/** Header fields that carry credentials: told by their mask alone, for the upstream's key must not reach a client. */
const SECRET_FIELDS: ReadonlySet<string> = new Set([
  "authorization",
  "x-api-key",
  "api-key",
  "x-goog-api-key",
  "cookie",
]);

/** Any method on `/v1/simulated/echo`: what arrived here, to see what lies between. */
export function echo(request: SimulatedRequest): SimulatedAnswer {
  const headers = Object.entries(request.headers).map(([name, value]) =>
    SECRET_FIELDS.has(name) ? [name, new Secret(String(value)).mask()] : [name, value]
  );
  return jsonAnswer({
    simulated: true,
    method: request.method,
    path: request.path,
    query: request.query,
    headers: Object.fromEntries(headers),
    sizeBytes: request.body.length,
    sha256: createHash("sha256").update(request.body).digest("hex"),
  });
}
