import type { Candidate } from "../../balancing/endpoint.ts";
import type { Tier } from "../../balancing/tier.ts";
import { GatewayError } from "../../core/errors.ts";
import type { Format } from "../../formats/format.ts";
import type { AttemptsRequest, AttemptsRoom } from "../attempts_request.ts";
import type { CallRequest } from "../call.ts";
import type { Refusal } from "../classify.ts";
import type { AnswerTranslation } from "../translation/answer_translation.ts";
import { RequestTranslator } from "../translation/request_translator.ts";
import { spokenBy, spokenIn, type Way, wayTo } from "../translation/way.ts";
import { upstreamModel } from "../transport/upstream_model.ts";
import { refusesUsageFlag } from "../usage/usage_flag.ts";
import { type OutgoingBody, outgoingCall, translatedCall } from "../transport/outgoing.ts";

/** A request as one candidate gets it, and how its answer is read. */
export interface PreparedCall {
  readonly call: CallRequest;
  /** The format of the answer; undefined: bytes of any kind. */
  readonly format: Format | undefined;
  readonly translation: AnswerTranslation | undefined;
  /** The request asks for usage in the client's place, who is not to see it. */
  readonly flagged: boolean;
}

/** Who can serve one request at all, natively or by translation, and the request as each of them gets it. */
export class Serving {
  readonly #room: AttemptsRoom;
  readonly #asked: AttemptsRequest;
  readonly #body: OutgoingBody;
  readonly #ways = new Map<readonly string[], Way>();
  #translator: RequestTranslator | undefined;
  #refusal: GatewayError | undefined;
  #someServe = false;

  constructor(room: AttemptsRoom, asked: AttemptsRequest, body: OutgoingBody) {
    this.#room = room;
    this.#asked = asked;
    this.#body = body;
  }

  /** Why nobody at all can serve it; undefined as long as somebody may. */
  get refusal(): GatewayError | undefined {
    return this.#someServe ? undefined : this.#refusal;
  }

  /** Whether anybody in the tier can serve; adds to `tried` those that cannot. */
  open(tier: Tier, tried: Set<Candidate>): boolean {
    const spoken = [...spokenIn(tier, this.#room.providerOf)];
    const unable = spoken.filter((list) => this.#wayTo(list).kind === "none");
    if (spoken.length > 0 && unable.length === spoken.length) {
      this.#refusal ??= foreignPath(this.#asked.request);
      return false;
    }
    this.#someServe = true;
    if (unable.length === 0) return true;
    for (const candidate of tier.candidates) {
      if (unable.includes(spokenBy(candidate.endpoint, this.#room.providerOf))) tried.add(candidate);
    }
    return true;
  }

  /**
   * The request as `candidate` gets it; undefined where its format cannot carry it: then nobody who speaks the
   * same can serve. Throws `GatewayError` for a request that no translation could mend.
   */
  prepare(candidate: Candidate): PreparedCall | undefined {
    const { providerOf } = this.#room;
    const { format, request, clientKey } = this.#asked;
    const { endpoint } = candidate;
    const provider = providerOf(endpoint.provider);
    const key = endpoint.key === "client" ? clientKey : endpoint.key?.secret;
    const spoken = spokenBy(endpoint, providerOf);
    const way = this.#wayTo(spoken);
    if (way.kind !== "translated") {
      const edit = this.#room.shared.flags.takes(endpoint.scopes.upstream) ? request.usageFlag : undefined;
      const call = outgoingCall(request, candidate, provider, this.#body, key, edit);
      return { call, format, translation: undefined, flagged: edit !== undefined };
    }
    try {
      const model = upstreamModel(candidate, request.model) ?? "";
      const target = { format: way.format, model, traits: provider.traits ?? {} };
      const translated = this.#translating().translate(target);
      const translation = translated.answer();
      this.#measure(way.format, translation);
      return {
        call: translatedCall(translated, candidate, provider, key, {
          model: request.model,
          edited: request.edited && { ...request.edited, format: way.format.type, hasParameters: true },
        }),
        format: way.format,
        translation,
        flagged: false,
      };
    } catch (error) {
      if (!(error instanceof GatewayError) || error.code !== "not_translatable") throw error;
      this.#refusal ??= error;
      this.#ways.set(spoken, { kind: "none" });
      this.#someServe = false;
      return undefined;
    }
  }

  #measure(target: Format, { dropped }: AnswerTranslation): void {
    const labels = { from: this.#asked.format?.type ?? "", to: target.type };
    this.#room.observer.count("translations", labels);
    if (dropped.length > 0) this.#room.observer.count("translation_losses", labels, dropped.length);
  }

  /** Whether a candidate refused a request for its usage flag alone: it gets it once more, and all to come, without. */
  learnsFlag(candidate: Candidate, { flagged }: PreparedCall, refusal: Refusal | undefined): boolean {
    if (!flagged || refusal === undefined || !refusesUsageFlag(refusal)) return false;
    this.#room.shared.flags.refused(candidate.endpoint.scopes.upstream);
    return true;
  }

  #wayTo(spoken: readonly string[]): Way {
    let way = this.#ways.get(spoken);
    if (way === undefined) {
      const { format, mode, request } = this.#asked;
      // Below /proxy nothing is changed, whoever is behind it.
      way = format === undefined || mode === "proxy"
        ? { kind: "native" }
        : wayTo({ format, method: request.method, path: request.path }, spoken);
      this.#ways.set(spoken, way);
    }
    return way;
  }

  #translating(): RequestTranslator {
    const { format, request, tenant, requestId } = this.#asked;
    if (format === undefined) throw new RangeError("Cannot translate a request without a format");
    const { runtime, shared: { memory } } = this.#room;
    return this.#translator ??= new RequestTranslator({
      ...{ format, request, memory, tenant, requestId, nowMs: runtime.now() },
    });
  }
}

function foreignPath({ model, path }: AttemptsRequest["request"]): GatewayError {
  return new GatewayError(
    "not_translatable",
    `The upstreams for '${
      model ?? path
    }' speak another API, and this path has no counterpart there. Ask for another model, or by the path of its vendor.`,
    { param: "model", shouldRetry: false },
  );
}
