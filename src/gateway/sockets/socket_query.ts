import { GatewayError } from "../../core/errors.ts";

/** Parameters that name the model: OpenAI's and Azure's newer surface, then Azure's older one. */
const MODEL_NAMES: readonly string[] = ["model", "deployment"];

/** One parameter of a raw query. */
interface Parameter {
  /** As it stands, the name included. */
  readonly raw: string;
  readonly name: string;
  readonly value: string;
}

/** A WebSocket's query, which names the model because there is no body; what is not asked for stays as it was sent. */
export class SocketQuery {
  readonly #parameters: readonly Parameter[];
  readonly #model: Parameter | undefined;

  /** `query`: raw, without `?`. Throws `GatewayError` `invalid_path` where two parameters name a model: two readers could see two. */
  constructor(query: string) {
    this.#parameters = query === "" ? [] : query.split("&").map(parameter);
    const named = this.#parameters.filter(({ name }) => MODEL_NAMES.includes(name));
    if (named.length > 1) {
      throw new GatewayError("invalid_path", "The query names the model twice; name it once.", {
        param: "model",
      });
    }
    this.#model = named[0];
  }

  /** The model asked for; undefined where none is, or an empty one. */
  get model(): string | undefined {
    return this.#model?.value === "" ? undefined : this.#model?.value;
  }

  /** Values of the parameters of that name. */
  values(name: string): string[] {
    return this.#parameters.filter((each) => each.name === name).map(({ value }) => value);
  }

  /** The raw query without the parameters `left`, naming `model` under OpenAI's name where that is not what it names. */
  text(model: string | undefined, left: readonly string[]): string {
    const kept = this.#parameters.filter(({ name }) => !left.includes(name));
    const named = model === undefined ? undefined : `model=${encodeURIComponent(model)}`;
    const isSame = model === undefined || (this.#model?.name === "model" && this.#model.value === model);
    const parts = kept.map((each) => each === this.#model && !isSame ? named : each.raw);
    if (!isSame && this.#model === undefined) parts.push(named);
    return parts.join("&");
  }
}

function parameter(raw: string): Parameter {
  const mark = raw.indexOf("=");
  const name = mark < 0 ? raw : raw.slice(0, mark);
  return { raw, name: decoded(name), value: mark < 0 ? "" : decoded(raw.slice(mark + 1)) };
}

/** A component of a query as servers read it: with `+` for a space. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
