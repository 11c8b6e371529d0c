import type { Endpoint } from "../../../balancing/endpoint.ts";
import type { HealthBoard } from "../../../balancing/health.ts";
import { giveWay as letOthers } from "../../../core/time/system_runtime.ts";
import type { EndpointNotes } from "../../../operations/endpoint_notes.ts";

/** What can be done with endpoints. */
export const ENDPOINT_ACTIONS = ["disable", "enable", "restore", "clear_cooldown", "note"] as const;

/** One of {@link ENDPOINT_ACTIONS}. */
export type EndpointAction = (typeof ENDPOINT_ACTIONS)[number];

/** What an action is done to: the endpoint alone, or what it shares with others. */
export const ACTION_SCOPES = ["endpoint", "key", "upstream"] as const;

/** An action as it is asked for. */
export interface EndpointOrder {
  readonly action: EndpointAction;
  /** Undefined: the endpoint alone is switched off and on; what is forgotten is so of all that it is made of. */
  readonly scope: (typeof ACTION_SCOPES)[number] | undefined;
  /** Why, in a person's words. */
  readonly note: string | undefined;
}

/** What acting needs of health. */
export type ActedOnHealth = Pick<HealthBoard, "disable" | "enable" | "clear" | "clearCooldown" | "marksOn">;

/** Why an endpoint is out where nobody said. */
const NO_NOTE = "switched off by hand";

/** Endpoints acted on in one go, a millisecond or two of work: the streams of the gateway go on in between. */
const SLICE = 250;

/** Does what is ordered, for one endpoint after the other; tells how many scopes changed. Marks outlive a restart. */
export class EndpointActor {
  readonly #health: ActedOnHealth;
  readonly #notes: Pick<EndpointNotes, "of" | "write">;
  readonly #order: EndpointOrder;
  /** Several endpoints share a key or an upstream, which is acted on once. */
  readonly #done = new Set<string>();
  #changed = 0;

  constructor(
    parts: { health: ActedOnHealth; notes: Pick<EndpointNotes, "of" | "write"> },
    order: EndpointOrder,
  ) {
    this.#health = parts.health;
    this.#notes = parts.notes;
    this.#order = order;
  }

  /** How many keys, upstreams, groups and endpoints are not as they were. */
  get changed(): number {
    return this.#changed;
  }

  /** Acts on all of them, giving way every {@link SLICE}. */
  async actOnAll(endpoints: readonly Endpoint[], giveWay: () => Promise<void> = letOthers): Promise<void> {
    for (const [at, endpoint] of endpoints.entries()) {
      if (at > 0 && at % SLICE === 0) await giveWay();
      this.#actOn(endpoint);
    }
  }

  #actOn(endpoint: Endpoint): void {
    const { action, note } = this.#order;
    if (action === "note") {
      if (this.#notes.of(endpoint.id)?.text !== (note || undefined)) this.#changed++;
      this.#notes.write(endpoint.id, note ?? "");
      return;
    }
    for (const scope of this.#scopesOf(endpoint)) {
      if (this.#done.has(scope)) continue;
      this.#done.add(scope);
      const before = this.#seen(scope);
      this.#actOnScope(action, scope);
      if (this.#seen(scope) !== before) this.#changed++;
    }
  }

  #scopesOf({ id, scopes }: Endpoint): string[] {
    const { action, scope } = this.#order;
    const isOfPerson = action === "disable" || action === "enable";
    // What is learnt of a key stands on its group too, but switching a key off is not meant for the whole group.
    if (scope === "key") return isOfPerson ? [scopes.key] : [scopes.key, scopes.group];
    if (scope === "upstream") return [scopes.upstream];
    return scope === "endpoint" || isOfPerson ? [id] : [id, scopes.key, scopes.group, scopes.upstream];
  }

  #actOnScope(action: Exclude<EndpointAction, "note">, scope: string): void {
    const { note } = this.#order;
    switch (action) {
      case "disable":
        // A mark keeps its first reason, and the newest note is the one that counts.
        if (note !== undefined) this.#health.enable(scope);
        return this.#health.disable(scope, note ?? NO_NOTE);
      case "enable":
        return this.#health.enable(scope);
      case "restore":
        return this.#health.clear(scope);
      case "clear_cooldown":
        return this.#health.clearCooldown(scope);
    }
  }

  #seen(scope: string): string {
    return JSON.stringify(
      this.#health.marksOn(scope).map(({ scope, state, reason }) => [scope, state, reason]),
    );
  }
}
