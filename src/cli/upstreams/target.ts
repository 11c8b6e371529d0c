import { PROVIDERS } from "../../config/schema/pool_file.ts";
import { checkUpstreamUrl } from "../../config/build/upstream_url.ts";
import { faultOf } from "../../config/files.ts";
import { Secret } from "../../core/secret.ts";
import type { Provider } from "../../providers/provider.ts";
import type { CliIo } from "../cli_io.ts";

/** What the command line says of an upstream. */
export interface TargetOptions {
  readonly provider: string | undefined;
  readonly url: string | undefined;
  /** `env:NAME` or `file:PATH`. */
  readonly key: string | undefined;
  readonly apiVersion: string | undefined;
}

/** An upstream that can be tried. */
export interface UpstreamTarget {
  readonly provider: Provider;
  /** Checked, in one spelling. */
  readonly url: string;
  readonly key: Secret | undefined;
  readonly apiVersion: string | undefined;
}

/** Makes the upstream meant; throws `RangeError` with one line for the operator, which never holds a key. */
export function upstreamTarget(options: TargetOptions, io: CliIo): UpstreamTarget {
  const known = PROVIDERS.types.filter((type) => type !== "simulated").join(", ");
  if (options.provider === undefined) throw new RangeError(`--provider is needed, one of ${known}`);
  const provider = PROVIDERS.find(options.provider);
  if (provider === undefined || provider.type === "simulated") {
    throw new RangeError(`There is no vendor '${options.provider}' to try; --provider is one of ${known}`);
  }
  const written = options.url ?? provider.defaultUrl;
  if (written === undefined) {
    throw new RangeError(`--url is needed: ${provider.type} has no address of its own`);
  }
  const checked = checkUpstreamUrl(written, provider);
  if ("fault" in checked) throw new RangeError(`The URL ${checked.fault}`);
  if (options.apiVersion !== undefined && provider.place === undefined) {
    throw new RangeError(`--api-version has no meaning for ${provider.type}`);
  }
  return { provider, url: checked.url, key: keyOf(options.key, io), apiVersion: options.apiVersion };
}

/** The key by its reference: a literal would stay in the shell's history and in the list of processes. */
function keyOf(reference: string | undefined, io: CliIo): Secret | undefined {
  if (reference === undefined) return undefined;
  const [kind, place] = reference.startsWith("env:")
    ? ["env", reference.slice("env:".length)]
    : reference.startsWith("file:")
    ? ["file", reference.slice("file:".length)]
    : ["", ""];
  if (place === "") throw new RangeError("--key takes env:NAME or file:PATH, never the key itself");
  const text = kind === "env" ? io.env(place ?? "") : firstLine(place ?? "");
  const value = text?.trim() ?? "";
  if (value === "") throw new RangeError(`There is no key at ${reference}`);
  if (!/^[!-~]{1,8192}$/.test(value)) {
    throw new RangeError(
      `The key at ${reference} holds white space or other signs that no key has; copy it anew`,
    );
  }
  return new Secret(value);
}

/** The first key of a key file, as the config reads them. */
function firstLine(path: string): string | undefined {
  let content: string;
  try {
    content = Deno.readTextFileSync(path);
  } catch (error) {
    throw new RangeError(`The key file ${path} ${faultOf(error)}`);
  }
  return content.replace(/^\uFEFF/, "").split("\n").map((line) => line.replace(/(?:^|\s)#.*$/, "").trim())
    .find((line) => line !== "");
}
