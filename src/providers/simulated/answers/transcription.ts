import { jsonAnswer, type SimulatedAnswer, type SimulatedRequest } from "../answer.ts";
import { formFiles, formText, readForm } from "../text/form.ts";
import { modelIn } from "../text/json.ts";
import { VendorRefusal } from "../vendor_refusal.ts";

/** `POST /v1/audio/transcriptions` and `/v1/audio/translations`: tells which file came, and how large. */
export function transcription(request: SimulatedRequest): SimulatedAnswer {
  const parts = readForm(String(request.headers["content-type"] ?? ""), request.body);
  modelIn({ model: formText(parts, "model") });
  const sizeBytes = formFiles(parts, "file").reduce((sum, file) => sum + file.bytes.length, 0);
  const text = `A simulated transcript from "${request.vendor}": ${sizeBytes} bytes were heard by nobody.`;
  const format = formText(parts, "response_format") ?? "json";
  switch (format) {
    case "json":
      return jsonAnswer({ text, usage: { type: "duration", seconds: 1 } });
    case "verbose_json":
      return jsonAnswer({
        text,
        task: "transcribe",
        language: "english",
        duration: 1,
        segments: [],
        words: [],
      });
    case "text":
      return { kind: "whole", contentType: "text/plain; charset=utf-8", body: `${text}\n`, tokens: 0 };
    default:
      throw new VendorRefusal(400, `This vendor writes json, verbose_json and text only, not '${format}'`, {
        param: "response_format",
      });
  }
}
