import type { PlainKey, PlainPicker } from "./plain_gateway.ts";

/** The pickers that gateways usually offer, freshly made, by the name that the table shows. */
export function pickers(): Readonly<Record<string, PlainPicker>> {
  return {
    "round robin": roundRobin(),
    "least connections": leastConnections(),
    "power of two choices": (eligible, chance) => lessBusy(chance.oneOf(eligible), chance.oneOf(eligible)),
    "random": (eligible, chance) => chance.oneOf(eligible),
  };
}

/** Takes whoever was taken longest ago. */
function roundRobin(): PlainPicker {
  const turns = new Turns();
  return (eligible) => turns.take(eligible);
}

/** Takes the least busy; in turn where several are. */
function leastConnections(): PlainPicker {
  const turns = new Turns();
  return (eligible) => {
    const least = Math.min(...eligible.map((key) => key.inFlight));
    return turns.take(eligible.filter((key) => key.inFlight === least));
  };
}

class Turns {
  readonly #lastTurn = new Map<PlainKey, number>();
  #turn = 0;

  take(eligible: readonly PlainKey[]): PlainKey {
    const turnOf = (key: PlainKey) => this.#lastTurn.get(key) ?? 0;
    const next = eligible.reduce((best, key) => turnOf(key) < turnOf(best) ? key : best);
    this.#lastTurn.set(next, ++this.#turn);
    return next;
  }
}

function lessBusy(one: PlainKey, other: PlainKey): PlainKey {
  return other.inFlight < one.inFlight ? other : one;
}
