import type { TestGateway } from "../start_gateway.ts";

/** What the admin API answered. */
export interface AdminAnswer {
  readonly status: number;
  readonly text: string;
  /** Parsed, where it is JSON. */
  readonly json: unknown;
}

/** Asks the admin API of a gateway; a string or stream goes as it is, anything else as JSON. */
export async function askAdmin(
  gateway: Pick<TestGateway, "url"> & {
    readonly server: { readonly dataDir: TestGateway["server"]["dataDir"] };
  },
  method: string,
  path: string,
  body?: unknown,
): Promise<AdminAnswer> {
  return await askAdminAt(gateway.url, gateway.server.dataDir.adminToken.reveal(), method, path, body);
}

/** The same with an address and a token. */
export async function askAdminAt(
  url: string,
  token: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<AdminAnswer> {
  const isPlain = body === undefined || typeof body === "string" || body instanceof ReadableStream;
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: isPlain ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: answer.status, text, json };
}
