import { type buildConnector, type Dispatcher, Pool, ProxyAgent } from "undici";

/** How connections are kept and made. */
export interface ProxyDispatcherOptions {
  /** Settings of every connection, with or without a proxy. */
  readonly client: Pool.Options;
  /** Makes connections to the proxy itself. */
  readonly connect: buildConnector.connector;
  /** A tunnel's TLS handshake, or a SOCKS connection, that takes longer is given up, in milliseconds. */
  readonly giveUpMs: number;
  /** Reaches plain upstreams by a tunnel too. */
  readonly tunnels: boolean;
}

/**
 * Reaches `origin` through an outbound proxy: plain upstreams by asking the proxy for their absolute URL, those
 * with TLS by a tunnel, both through a SOCKS proxy by its own handshake. Left to itself, the client's proxy makes
 * its inner connections with default settings: five-minute timers, heads of 16 KB, a connect timer that runs on.
 */
export function proxyDispatcher(origin: string, proxy: string, options: ProxyDispatcherOptions): Dispatcher {
  const { client, connect, giveUpMs, tunnels } = options;
  const isSocks = URL.parse(proxy)?.protocol.startsWith("socks") === true;
  // Elsewhere the connector handed in is the one that goes through the tunnel: it must stay.
  const own = origin.startsWith("http:") && !isSocks && !tunnels ? { connect } : {};
  return new ProxyAgent({
    ...client,
    uri: proxy,
    connectTimeout: giveUpMs,
    proxyTunnel: tunnels,
    clientFactory: (uri, inner) => new Pool(uri, { ...client, ...inner, connect }),
    factory: (uri, inner) => new Pool(uri, { ...client, ...inner, ...own }),
  });
}
