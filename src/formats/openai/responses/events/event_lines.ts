import type { JsonObject } from "../../../../core/bytes/exact_json.ts";

/** Events on their way to a client, numbered from 0 without a gap. */
export class EventLines {
  #number = 0;
  #text = "";

  /** Adds one event. */
  send(type: string, members: JsonObject): void {
    const data = JSON.stringify({ type, sequence_number: this.#number++, ...members });
    this.#text += `event: ${type}\ndata: ${data}\n\n`;
  }

  /** What was added since the last time. */
  take(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }
}
