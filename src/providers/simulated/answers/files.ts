import { Buffer } from "node:buffer";
import { jsonAnswer, type SimulatedAnswer, type SimulatedRequest } from "../answer.ts";
import type { ShelvedFile } from "../file_shelf.ts";
import { formFiles, formText, readForm } from "../text/form.ts";

/** `POST /v1/files`: keeps a file in memory, for the asking account alone. */
export function fileUpload(request: SimulatedRequest): SimulatedAnswer {
  const parts = readForm(String(request.headers["content-type"] ?? ""), request.body);
  const [part] = formFiles(parts, "file");
  const file = {
    id: request.newId("file-"),
    filename: part?.filename ?? "",
    purpose: formText(parts, "purpose") ?? "user_data",
    createdSeconds: request.createdSeconds,
    // A copy: the part is a view of the whole form, which would stay in memory with it.
    bytes: Buffer.from(part?.bytes ?? []),
  };
  request.files.put(request.account, file);
  return jsonAnswer(described(file));
}

/** `GET /v1/files`. */
export function fileList(request: SimulatedRequest): SimulatedAnswer {
  const data = request.files.list(request.account).map(described);
  return jsonAnswer({
    object: "list",
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: false,
  });
}

/** `GET /v1/files/{id}`, `GET /v1/files/{id}/content` and `DELETE /v1/files/{id}`. */
export function fileById(request: SimulatedRequest): SimulatedAnswer {
  const [, , , id = "", rest] = request.path.split("/");
  const file = request.files.get(request.account, id);
  if (request.method === "DELETE") {
    request.files.delete(request.account, id);
    return jsonAnswer({ id, object: "file", deleted: true });
  }
  if (rest === undefined) return jsonAnswer(described(file));
  return { kind: "whole", contentType: "application/octet-stream", body: file.bytes, tokens: 0 };
}

function described(file: ShelvedFile) {
  return {
    id: file.id,
    object: "file",
    bytes: file.bytes.length,
    created_at: file.createdSeconds,
    filename: file.filename,
    purpose: file.purpose,
    status: "processed",
  };
}
