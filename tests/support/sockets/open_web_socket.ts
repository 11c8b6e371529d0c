/** The platform's own WebSocket client, driven step by step. */
export interface WebSocketClient {
  readonly socket: WebSocket;
  readonly messages: (string | Uint8Array)[];
  /** Resolves with how the session was closed. */
  readonly closed: Promise<{ code: number; reason: string }>;
}

/** Opens one; rejects where the handshake is refused. */
export function openWebSocket(
  url: string,
  options: { headers?: Record<string, string>; protocols?: string[] } = {},
): Promise<WebSocketClient> {
  const socket = new WebSocket(url.replace(/^http/, "ws"), options);
  socket.binaryType = "arraybuffer";
  const messages: (string | Uint8Array)[] = [];
  socket.onmessage = ({ data }) => messages.push(typeof data === "string" ? data : new Uint8Array(data));
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.onclose = ({ code, reason }) => resolve({ code, reason });
  });
  return new Promise((resolve, reject) => {
    socket.onopen = () => resolve({ socket, messages, closed });
    socket.onerror = () => reject(new Error("the handshake was refused"));
  });
}
