/** A port of 127.0.0.1 that the kernel says is free: for programs that cannot choose one and tell it. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
