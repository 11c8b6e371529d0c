import { GatewayError } from "../../core/errors.ts";
import { HUB_FIELDS, type HubField, type Losses, type Side } from "../../formats/translation/translation.ts";

/** Most losses of one request that are told; a header field must stay short. */
const MAX_TOLD = 40;

/** What may stand in the header field: no comma, no white space, nothing beyond ASCII. */
const TELLABLE = /^[\x21-\x2b\x2d-\x7e]{1,100}$/;

/** Gathers what one request's translation leaves out, in the client's own spelling. */
export class LossList implements Losses {
  readonly #names: Side<unknown, unknown>["fieldNames"];
  readonly #target: string;
  readonly #dropped = new Set<string>();

  /** `names`: how the client's format spells hub fields; `target`: the format that cannot carry them. */
  constructor(names: Side<unknown, unknown>["fieldNames"], target: string) {
    this.#names = names;
    this.#target = target;
  }

  /** What was left out, in the order it was found. */
  get dropped(): readonly string[] {
    return [...this.#dropped];
  }

  /** See {@link Losses.drop}. A detail that a header field cannot hold is left away, never the loss itself. */
  drop(field: HubField, detail?: string): void {
    const spelled = this.#spelled(field);
    const narrowed = detail === undefined || field === "openai" ? detail : `${spelled}.${detail}`;
    this.dropMember(narrowed !== undefined && TELLABLE.test(narrowed) ? narrowed : spelled);
  }

  /** Leaves out a member that only the client's format knows, by its own name. */
  dropMember(name: string): void {
    if (this.#dropped.size < MAX_TOLD && TELLABLE.test(name)) this.#dropped.add(name);
  }

  /** See {@link Losses.refuse}. */
  refuse(field: string, why: string): never {
    const name = isHubField(field) ? this.#spelled(field) : field;
    throw new GatewayError(
      "not_translatable",
      `'${name}' cannot be translated for an upstream that speaks ${this.#target}: ${why}.`,
      { param: name, shouldRetry: false },
    );
  }

  #spelled(field: HubField): string {
    return this.#names[field] ?? field;
  }
}

function isHubField(name: string): name is HubField {
  return Object.hasOwn(HUB_FIELDS, name);
}
