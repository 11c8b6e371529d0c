import type { PathModel } from "../format.ts";

/** Versions of the API; the SDKs from 3.0 on ask for `v1`, older ones and Gemini CLI for `v1beta`. */
const VERSIONS = ["v1", "v1beta", "v1alpha"];

/** The version that translated requests go to: the one in which every field we write is known. */
const WRITTEN_VERSION = "v1beta";

const TUNED = "tunedModels/";
const BASE = "models/";

/** `/version/collection/model:verb`; the model may hold `/` and `:`, so the last colon counts. */
const MODEL_PATH = /^\/(v1|v1beta|v1alpha)\/(models|tunedModels)\/(.+):([A-Za-z]+)$/;

/** Front paths of verbs on a model, in each version of the API. */
export function verbPaths(...verbs: readonly string[]): string[] {
  return VERSIONS.flatMap((version) =>
    verbs.flatMap((verb) => [
      `POST /${version}/models/*:${verb}`,
      `POST /${version}/tunedModels/*:${verb}`,
    ])
  );
}

/** The verb at the end of a path, such as `generateContent`; undefined where there is none. */
export function verbOf(path: string): string | undefined {
  return MODEL_PATH.exec(path)?.[4];
}

/** The path that asks a model for something. */
export function modelPath(model: string, verb: string): string {
  return joined(WRITTEN_VERSION, model, verb);
}

/** The model's resource name, as bodies tell it: `models/x`, `tunedModels/x`. */
export function resourceName(model: string): string {
  return model.startsWith(TUNED) || model.startsWith(BASE) ? model : `${BASE}${model}`;
}

/** Where Gemini's paths name the model: `models/` is left out of the name, `tunedModels/` is part of it. */
export const geminiPathModel: PathModel = {
  read(path) {
    const [, , collection = "", encoded = "", verb = ""] = MODEL_PATH.exec(path) ?? [];
    if (encoded === "") return undefined;
    const name = decoded(encoded);
    const model = collection === "tunedModels" ? `${TUNED}${name}` : withoutPrefix(name, BASE);
    return model === "" ? undefined : { model, stream: verb === "streamGenerateContent" };
  },
  write(path, model) {
    const [, version, , , verb] = MODEL_PATH.exec(path) ?? [];
    return version === undefined || verb === undefined ? path : joined(version, model, verb);
  },
};

function joined(version: string, model: string, verb: string): string {
  const collection = model.startsWith(TUNED) ? TUNED : BASE;
  return `/${version}/${collection}${encodedName(withoutPrefix(model, collection))}:${verb}`;
}

/** Slashes stay, as the vendor writes them, but in a name that would lead to another path. */
function encodedName(name: string): string {
  const segments = name.split("/");
  const leadsAway = segments.some((segment) => segment === "" || segment === "." || segment === "..");
  return leadsAway ? encodeURIComponent(name) : segments.map(encodeURIComponent).join("/");
}

function withoutPrefix(text: string, prefix: string): string {
  return text.startsWith(prefix) ? text.slice(prefix.length) : text;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
