import { findByte } from "../../core/bytes/find_byte.ts";
import { BYTES_PER_TOKEN } from "./answer_usage.ts";
import { stringEnd } from "./content_bytes.ts";

const QUOTE = 0x22;
const SPACE = 0x20;

/** A string at least this long whose beginning has no white space is a picture or a recording, not text. */
const MIN_MEDIA_BYTES = 2_000;
const LOOKED_AT_BYTES = 512;

/** Input tokens of a picture or a recording: vendors count a picture as 85 to 2,500, a minute of speech as 600 to 1,900. */
const MEDIA_TOKENS = 1_000;

/** Input tokens of a JSON request, by its bytes: four of text a token, and so many for each picture inside it. */
export function requestTokens(json: Uint8Array): number {
  let text = json.length;
  let media = 0;
  for (let at = findByte(json, QUOTE, 0); at >= 0; at = findByte(json, QUOTE, at)) {
    const end = stringEnd(json, at);
    if (end - at >= MIN_MEDIA_BYTES && !json.subarray(at, at + LOOKED_AT_BYTES).includes(SPACE)) {
      media += MEDIA_TOKENS;
      text -= end - at;
    }
    at = end;
  }
  return Math.ceil(text / BYTES_PER_TOKEN) + media;
}
