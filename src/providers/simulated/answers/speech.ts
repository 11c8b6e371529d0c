import { Buffer } from "node:buffer";
import type { SimulatedAnswer, SimulatedRequest } from "../answer.ts";
import { modelIn, parseJsonObject, textIn } from "../text/json.ts";
import { VendorRefusal } from "../vendor_refusal.ts";

/** Pieces an answer is sent in. */
const PIECES = 8;
/** Silence of one piece as 16-bit mono at 24 kHz, the rate of OpenAI's `pcm`: 20 ms. */
const PCM_PIECE_BYTES = 960;
const PCM_RATE_HZ = 24_000;

/** `POST /v1/audio/speech`: silence, as MP3 (the default), WAV or PCM, sent in pieces. */
export function speech(request: SimulatedRequest): SimulatedAnswer {
  const body = parseJsonObject(request.body);
  modelIn(body);
  if (textIn(body, "input") === undefined) {
    throw new VendorRefusal(400, "Missing required parameter: 'input'", { param: "input" });
  }
  const format = textIn(body, "response_format") ?? "mp3";
  const pieces = (piece: Uint8Array) => Array.from({ length: PIECES }, () => piece);
  switch (format) {
    case "mp3":
      return { kind: "pieces", contentType: "audio/mpeg", pieces: pieces(silentMp3Frame()) };
    case "wav": {
      const silence = pieces(Buffer.alloc(PCM_PIECE_BYTES));
      return {
        kind: "pieces",
        contentType: "audio/wav",
        pieces: [wavHead(PIECES * PCM_PIECE_BYTES), ...silence],
      };
    }
    case "pcm":
      return { kind: "pieces", contentType: "audio/pcm", pieces: pieces(Buffer.alloc(PCM_PIECE_BYTES)) };
    default:
      throw new VendorRefusal(400, `This vendor makes mp3, wav and pcm only, not '${format}'`, {
        param: "response_format",
      });
  }
}

/**
 * One frame of MPEG-1 Layer III, 128 kbit/s, 44.1 kHz, mono, without check sum (ISO/IEC 11172-3): 417 bytes.
 * Its side information is all zero: no bits are spent on sound, which decodes as silence.
 */
function silentMp3Frame(): Buffer {
  const frame = Buffer.alloc(417);
  frame.set([0xff, 0xfb, 0x90, 0xc4]);
  return frame;
}

/** The 44-byte RIFF head for 16-bit mono PCM. */
function wavHead(dataBytes: number): Buffer {
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + dataBytes, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(PCM_RATE_HZ, 24);
  head.writeUInt32LE(PCM_RATE_HZ * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write("data", 36);
  head.writeUInt32LE(dataBytes, 40);
  return head;
}
