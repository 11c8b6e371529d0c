import { isObject, list, members, onlyKnown, refuse, text, words } from "./json.ts";
import type { Seen } from "./plan.ts";

const REQUEST = words(
  `contents tools toolConfig safetySettings systemInstruction generationConfig cachedContent model
  serviceTier store`,
);
const GENERATION = words(`stopSequences responseMimeType responseSchema responseJsonSchema responseModalities
  candidateCount maxOutputTokens temperature topP topK seed presencePenalty frequencyPenalty responseLogprobs logprobs
  enableEnhancedCivicAnswers speechConfig thinkingConfig imageConfig mediaResolution`);
const CONTENT = words("role parts");
const PART_DATA = words(
  "text inlineData functionCall functionResponse fileData executableCode codeExecutionResult",
);
const PART = new Set([
  ...PART_DATA,
  ...words("thought thoughtSignature videoMetadata partMetadata mediaResolution"),
]);
const TOOL = words(
  "functionDeclarations googleSearch googleSearchRetrieval codeExecution urlContext googleMaps computerUse fileSearch",
);
const DECLARATION = words(
  "name description behavior parameters parametersJsonSchema response responseJsonSchema",
);
const CALL = words("id name args");
const RESPONSE = words("id name response parts willContinue scheduling");
const SCHEMA = words(
  `type format title description nullable enum maxItems minItems properties required minProperties
  maxProperties minLength maxLength pattern example anyOf propertyOrdering default items minimum maximum`,
);
const THINKING = words("includeThoughts thinkingBudget thinkingLevel");

const TOOL_NAME = /^[A-Za-z_][A-Za-z0-9_.:-]{0,63}$/;
const MAX_STOPS = 5;

/** The signature that this vendor gives out; the field holds bytes, so it is base64. */
export const GEMINI_SIGNATURE = btoa("vendor gemini signature");
/** The documented word for calls that another model made. */
const SKIP = "skip_thought_signature_validator";

type Members = Readonly<Record<string, unknown>>;

/** Reads a generateContent request as strictly as Gemini does; throws `VendorRefusal`. */
export function readGenerate(given: unknown, model: string): Seen {
  if (!isObject(given)) refuse("Invalid JSON payload received.");
  const request = members(camelCased(given));
  known(request, REQUEST, "");
  const contents = list(request["contents"]).map(members);
  if (contents.length === 0) refuse("* GenerateContentRequest.contents: contents is not specified");
  contents.forEach((content, index) => checkContent(content, `contents[${index}]`));
  checkOrder(contents);
  const generation = members(request["generationConfig"]);
  known(generation, GENERATION, "generation_config");
  known(members(generation["thinkingConfig"]), THINKING, "generation_config.thinking_config");
  checkGeneration(generation);
  const signature = model.startsWith("gemini-3") ? checkSignatures(contents) : "none";
  const system = partsOf(request["systemInstruction"]);
  if (system.some((part) => typeof part["text"] !== "string")) {
    refuse("System instruction only supports text.");
  }
  const user = contents.filter(({ role }) => role !== "model").flatMap(partsOf);
  return {
    system: system.map((part) => text(part["text"])).join("\n"),
    prompt: user.map((part) => text(part["text"])).join(""),
    images: user.filter((part) => "inlineData" in part).map((part) =>
      text(members(part["inlineData"])["mimeType"])
    ),
    tools: list(request["tools"]).map(members).flatMap(toolNames),
    schema: hasSchema(generation),
    thinking: isObject(generation["thinkingConfig"]) &&
      members(generation["thinkingConfig"])["thinkingBudget"] !== 0,
    results: user.filter((part) => "functionResponse" in part).map((part) =>
      resultText(part["functionResponse"])
    ),
    signature,
  };
}

/** Members whose content is the caller's own and keeps its names. */
const OPAQUE = words("args response parametersJsonSchema responseJsonSchema properties");

/** The request with its fields in camel case: the vendor takes both spellings, and its Python SDK mixes them. */
function camelCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCased);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => {
      const camel = name.replace(/(?<=[a-z0-9])_([a-z])/g, (_, letter: string) => letter.toUpperCase());
      return [camel, OPAQUE.has(camel) ? each : camelCased(each)];
    }),
  );
}

function known(value: Members, names: ReadonlySet<string>, at: string): void {
  onlyKnown(
    value,
    names,
    (name) =>
      `Invalid JSON payload received. Unknown name "${name}"${
        at === "" ? "" : ` at '${at}'`
      }: Cannot find field.`,
  );
}

function checkContent(content: Members, at: string): void {
  known(content, CONTENT, at);
  if (!["user", "model", undefined].some((role) => role === content["role"])) {
    refuse("Please use a valid role: user, model.");
  }
  const parts = partsOf(content);
  if (parts.length === 0) refuse(`* GenerateContentRequest.${at}.parts: contents.parts must not be empty.`);
  for (const part of parts) {
    known(part, PART, `${at}.parts[0]`);
    const data = Object.keys(part).filter((name) => PART_DATA.has(name));
    if (data.length > 1) {
      refuse(`Invalid value at '${at}.parts[0]' (oneof), oneof field 'data' is already set.`);
    }
    if (data.length === 0) {
      refuse(
        `* GenerateContentRequest.${at}.parts[0].data: required oneof field 'data' must have one initialized field`,
      );
    }
    known(members(part["functionCall"]), CALL, `${at}.parts[0].function_call`);
    known(members(part["functionResponse"]), RESPONSE, `${at}.parts[0].function_response`);
    if ("functionResponse" in part && !isObject(members(part["functionResponse"])["response"])) {
      refuse(
        `Invalid value at '${at}.parts[0].function_response.response' (type.googleapis.com/google.protobuf.Struct)`,
      );
    }
    if ("functionCall" in part) {
      const { args } = members(part["functionCall"]);
      if (args !== undefined && !isObject(args)) {
        refuse(`Invalid value at '${at}.parts[0].function_call.args'`);
      }
    }
    const image = members(part["inlineData"]);
    if ("inlineData" in part && (text(image["mimeType"]) === "" || text(image["data"]) === "")) {
      refuse(`* GenerateContentRequest.${at}.parts[0].inline_data: required fields are not initialized.`);
    }
  }
}

/** A turn of calls follows the user's or results, and is followed by as many results. */
function checkOrder(contents: readonly Members[]): void {
  if (contents.at(-1)?.["role"] === "model" && callsIn(contents.at(-1)) > 0) {
    refuse("Please ensure that function response turn comes immediately after a function call turn.");
  }
  for (const [index, content] of contents.entries()) {
    const before = contents[index - 1];
    const calls = callsIn(content);
    if (calls > 0 && (before === undefined || before["role"] === "model")) {
      refuse(
        "Please ensure that function call turn comes immediately after a user turn or after a function response turn.",
      );
    }
    const results = partsOf(content).filter((part) => "functionResponse" in part).length;
    const asked = before?.["role"] === "model" ? callsIn(before) : 0;
    if (results !== asked) {
      refuse(
        "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.",
      );
    }
  }
}

function callsIn(content: Members | undefined): number {
  return partsOf(content).filter((part) => "functionCall" in part).length;
}

/** In the current turn (from the user's last words on) the first call of each step must bring its signature back. */
function checkSignatures(contents: readonly Members[]): Seen["signature"] {
  const from = contents.findLastIndex((content) =>
    content["role"] !== "model" && partsOf(content).every((part) => !("functionResponse" in part))
  );
  let seen: Seen["signature"] = "none";
  for (const content of contents.slice(from + 1)) {
    const first = partsOf(content).find((part) => "functionCall" in part);
    if (first === undefined) continue;
    const signature = text(first["thoughtSignature"]);
    if (signature === "") {
      refuse(
        `Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly.`,
      );
    }
    if (signature !== GEMINI_SIGNATURE && signature !== SKIP && signature !== btoa(SKIP)) {
      refuse("Corrupted thought signature.");
    }
    seen = signature === GEMINI_SIGNATURE ? "returned" : "skipped";
  }
  return seen;
}

function checkGeneration(generation: Members): void {
  if (list(generation["stopSequences"]).length > MAX_STOPS) {
    refuse("The number of stop sequences must be at most 5.");
  }
  const hasSchema = "responseSchema" in generation || "responseJsonSchema" in generation;
  if (hasSchema && generation["responseMimeType"] !== "application/json") {
    refuse("Response schema can only be set with a response mime type of application/json.");
  }
  if ("responseSchema" in generation) {
    checkSchema(generation["responseSchema"], "generation_config.response_schema");
  }
}

function checkSchema(given: unknown, at: string): void {
  const schema = members(given);
  known(schema, SCHEMA, at);
  for (const [name, each] of Object.entries(members(schema["properties"]))) {
    checkSchema(each, `${at}.properties[${name}]`);
  }
  if ("items" in schema) checkSchema(schema["items"], `${at}.items`);
  for (const each of list(schema["anyOf"])) checkSchema(each, `${at}.any_of`);
  if (list(schema["enum"]).some((value) => typeof value !== "string")) {
    refuse(`Invalid value at '${at}.enum' (TYPE_STRING)`);
  }
}

function toolNames(tool: Members): string[] {
  known(tool, TOOL, "tools[0]");
  return list(tool["functionDeclarations"]).map(members).map((declaration) => {
    known(declaration, DECLARATION, "tools[0].function_declarations[0]");
    if ("parameters" in declaration && "parametersJsonSchema" in declaration) {
      refuse("Only one of parameters and parameters_json_schema can be set.");
    }
    if ("parameters" in declaration) {
      checkSchema(declaration["parameters"], "tools[0].function_declarations[0].parameters");
    }
    if (!TOOL_NAME.test(text(declaration["name"]))) {
      refuse("Invalid function name. Must start with a letter or an underscore.");
    }
    return text(declaration["name"]);
  });
}

/** What a function gave back; clients wrap it each in their own way. */
function resultText(given: unknown): string {
  const response = members(members(given)["response"]);
  const name = ["error", "result", "output", "content"].find((each) => each in response) ??
    Object.keys(response)[0];
  const value = response[name ?? ""];
  const plain = typeof value === "string" ? value : JSON.stringify(value);
  return name === "error" ? `failed: ${plain}` : plain;
}

function partsOf(content: unknown): readonly Members[] {
  const { parts } = members(content);
  return Array.isArray(parts) ? parts.map(members) : isObject(parts) ? [parts] : [];
}

function hasSchema(generation: Members): boolean {
  const schema = members(generation["responseJsonSchema"] ?? generation["responseSchema"]);
  return "heightMetres" in members(schema["properties"]);
}
