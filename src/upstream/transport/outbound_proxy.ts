/** Outbound proxies as the environment names them; both spellings, the lower-case one first (as curl does). */
export type ProxyEnvironment = Readonly<Record<string, string | undefined>>;

/** Names that {@link outboundProxies} reads. */
export const PROXY_VARIABLES = [
  "http_proxy",
  "HTTP_PROXY",
  "https_proxy",
  "HTTPS_PROXY",
  "all_proxy",
  "ALL_PROXY",
  "no_proxy",
  "NO_PROXY",
] as const;

/** Tells the proxy for an upstream: its URL, or undefined to go straight. */
export type OutboundProxies = (upstream: URL) => string | undefined;

/** Schemes that the HTTP client can use a proxy by. */
const PROXY_SCHEMES = ["http:", "https:", "socks:", "socks5:", "socks5h:"];

/** Whether a text is the whole URL of a proxy that can be used: a scheme of {@link PROXY_SCHEMES}, a host, nothing behind it. */
export function isProxyUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && url.hostname !== "" && PROXY_SCHEMES.includes(url.protocol) &&
    (url.pathname === "" || url.pathname === "/") && url.search === "" && url.hash === "" &&
    isLogin(url.username) && isLogin(url.password);
}

/** Most bytes of a user or a password that every kind of proxy can be told (RFC 1929 §2). */
const MAX_LOGIN_BYTES = 255;

function isLogin(encoded: string): boolean {
  try {
    return new TextEncoder().encode(decodeURIComponent(encoded)).length <= MAX_LOGIN_BYTES;
  } catch {
    return false; // A `%` that encodes nothing.
  }
}

/**
 * Reads the environment once. A value without a scheme is an `http://` proxy. Loopback upstreams never go
 * through a proxy, whatever the environment says: a proxy on another machine would send them to itself.
 * Throws `RangeError`, naming the variable but not its value (it may hold a password), when one is no proxy URL.
 */
export function outboundProxies(environment: ProxyEnvironment): OutboundProxies {
  const all = proxyFrom(environment, "all_proxy");
  const plain = proxyFrom(environment, "http_proxy") ?? all;
  const secure = proxyFrom(environment, "https_proxy") ?? all;
  const exempt = exemptions(valueOf(environment, "no_proxy") ?? "");
  return (upstream) => {
    const proxy = upstream.protocol === "https:" ? secure : plain;
    if (proxy === undefined || isLoopback(upstream.hostname) || exempt(upstream)) return undefined;
    return proxy;
  };
}

function valueOf(environment: ProxyEnvironment, name: string): string | undefined {
  const value = (environment[name] ?? environment[name.toUpperCase()])?.trim();
  return value === "" ? undefined : value;
}

function proxyFrom(environment: ProxyEnvironment, name: string): string | undefined {
  const value = valueOf(environment, name);
  if (value === undefined) return undefined;
  const text = value.includes("://") ? value : `http://${value}`;
  const url = URL.parse(text);
  const isSpelt = url !== null && isLogin(url.username) && isLogin(url.password);
  if (!isSpelt || url.hostname === "" || !PROXY_SCHEMES.includes(url.protocol)) {
    throw new RangeError(
      `Cannot use the outbound proxy in ${name.toUpperCase()}: write http://host:port (or https, socks5)`,
    );
  }
  return text;
}

/** 127.0.0.0/8, ::1 and the names that mean them, as the URL parser spells them. */
function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]" ||
    /^127(?:\.\d{1,3}){3}$/.test(hostname) || hostname.startsWith("[::ffff:7f");
}

/**
 * `NO_PROXY` as curl and Go read it: names and their subdomains, with or without a leading dot or `*.`, a port
 * where one is given, IP addresses exactly, `*` for everything.
 */
function exemptions(list: string): (upstream: URL) => boolean {
  const entries = list.toLowerCase().split(/[\s,]+/).filter((entry) => entry !== "");
  if (entries.includes("*")) return () => true;
  const rules = entries.map((entry) => {
    const [, host = entry, port] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
    return { host: host.replace(/^\*?\./, ""), port };
  });
  return (upstream) => {
    const host = upstream.hostname;
    const port = upstream.port || (upstream.protocol === "https:" ? "443" : "80");
    return rules.some((rule) =>
      (rule.port === undefined || rule.port === port) &&
      (host === rule.host || host.endsWith(`.${rule.host}`) || host === `[${rule.host}]`)
    );
  };
}
