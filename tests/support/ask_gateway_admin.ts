import type { TestGateway } from "./start_gateway.ts";

/** Asks the admin API of a running gateway over a socket; without `body` by GET. */
export async function askGatewayAdmin(
  gateway: TestGateway,
  path: string,
  body?: unknown,
): Promise<{ status: number; json: unknown }> {
  const response = await fetch(`${gateway.url}${path}`, {
    headers: { authorization: `Bearer ${gateway.server.dataDir.adminToken.reveal()}` },
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
  });
  return { status: response.status, json: await response.json() };
}
