import { type buildConnector, type Dispatcher, Pool, ProxyAgent } from "undici";
import type { Runtime } from "../../core/runtime.ts";
import { believed } from "./connector.ts";
import { socks5Connector } from "./socks5_connector.ts";

/** How connections are kept and made. */
export interface DispatcherOptions {
  /** Settings of every connection, with or without a proxy. */
  readonly client: Pool.Options;
  /** Makes connections: to the upstream, or to its proxy. */
  readonly connect: buildConnector.connector;
  /** A tunnel's TLS handshake, or a SOCKS connection, that takes longer is given up, in milliseconds. */
  readonly giveUpMs: number;
  readonly runtime: Runtime;
  /** Certificates in PEM that `connect` believes beside the system's; empty: none. */
  readonly authorities: readonly string[];
  /** Reaches plain upstreams by a tunnel too. */
  readonly tunnels: boolean;
}

/**
 * Reaches `origin`, straight or through an outbound proxy: plain upstreams by asking an HTTP proxy for their absolute
 * URL, those with TLS by a tunnel, both through a SOCKS proxy by its own handshake. Left to itself, the client's proxy
 * makes its inner connections with default settings: five-minute timers, heads of 16 KB, a connect timer that runs on.
 */
export function dispatcherFor(
  origin: string,
  proxy: string | undefined,
  options: DispatcherOptions,
): Dispatcher {
  const { client, connect, giveUpMs, authorities, tunnels } = options;
  if (proxy === undefined) return new Pool(origin, { ...client, connect });
  const proxyUrl = new URL(proxy);
  if (proxyUrl.protocol.startsWith("socks")) {
    return new Pool(origin, { ...client, connect: socks5Connector(proxyUrl, options) });
  }
  // Elsewhere the connector handed in is the one that goes through the tunnel: it must stay.
  const own = origin.startsWith("http:") && !tunnels ? { connect } : {};
  return new ProxyAgent({
    ...client,
    uri: proxy,
    connectTimeout: giveUpMs,
    proxyTunnel: tunnels,
    ...(authorities.length === 0 ? {} : { requestTls: { ca: believed(authorities) } }),
    clientFactory: (uri, inner) => new Pool(uri, { ...client, ...inner, connect }),
    factory: (uri, inner) => new Pool(uri, { ...client, ...inner, ...own }),
  });
}
