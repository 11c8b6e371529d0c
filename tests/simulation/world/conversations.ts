import type { Prefix } from "../vendors/prompt_cache.ts";
import type { SimulatedRequest } from "../vendors/simulated_request.ts";
import type { Chance } from "./chance.ts";
import type { VirtualTime } from "./virtual_time.ts";

/** Agents at work: each sends its whole conversation again with every turn. */
export interface ConversationShape {
  readonly conversations: number;
  readonly turns: number;
  /** Different openings (an agent's instructions and tools), shared by the conversations in turn. */
  readonly openings: number;
  /** Machines that the agents run on, shared alike. */
  readonly addresses: number;
  /** Mean time between an answer and the next turn. */
  readonly pauseMs: number;
}

const OPENING_TOKENS = 2_000;
const CHARACTERS_A_TOKEN = 4;

/** Holds all conversations in parallel; resolves when the last turn of each is answered. */
export async function holdConversations(
  time: VirtualTime,
  chance: Chance,
  shape: ConversationShape,
  ask: (request: SimulatedRequest) => Promise<void>,
): Promise<void> {
  let over = 0;
  let failure: unknown;
  for (let index = 0; index < shape.conversations; index++) {
    const conversation = new Conversation(index, shape);
    const takeTurn = (turn: number) => {
      ask(conversation.turn(turn, chance)).then(() => {
        if (turn + 1 >= shape.turns) over++;
        else time.after(chance.exponential(shape.pauseMs), () => takeTurn(turn + 1));
      }, (error) => void (failure ??= error));
    };
    time.after(chance.between(0, 2 * shape.pauseMs), () => takeTurn(0));
  }
  await time.run(() => failure !== undefined || over >= shape.conversations);
  if (failure !== undefined) throw failure;
}

class Conversation {
  readonly #index: number;
  readonly #shape: ConversationShape;
  readonly #messages: string[];
  readonly #prefixes: Prefix[];

  constructor(index: number, shape: ConversationShape) {
    this.#index = index;
    this.#shape = shape;
    const opening = index % shape.openings;
    this.#messages = [message("system", `You are agent ${opening}.`, OPENING_TOKENS)];
    this.#prefixes = [{ digest: `opening ${opening}`, tokens: OPENING_TOKENS }];
  }

  turn(turn: number, chance: Chance): SimulatedRequest {
    if (turn > 0) this.#say("assistant", turn, Math.floor(chance.between(50, 400)));
    this.#say("user", turn, Math.floor(chance.between(50, 600)));
    const inputTokens = this.#prefixes.at(-1)?.tokens ?? 0;
    const text = `{"model":"m","stream":true,"max_tokens":400,"messages":[${this.#messages.join(",")}]}`;
    return {
      id: this.#index * this.#shape.turns + turn + 1,
      stream: true,
      body: new TextEncoder().encode(text),
      inputTokens,
      outputTokens: Math.floor(chance.between(50, 400)),
      clientAddress: `192.0.2.${1 + this.#index % this.#shape.addresses}`,
      prefixes: [...this.#prefixes],
    };
  }

  #say(role: string, turn: number, tokens: number): void {
    this.#messages.push(message(role, `Conversation ${this.#index}, turn ${turn}.`, tokens));
    const before = this.#prefixes.at(-1)?.tokens ?? 0;
    this.#prefixes.push({ digest: `${this.#index} ${turn} ${role}`, tokens: before + tokens });
  }
}

/** A message of about that many tokens. */
function message(role: string, opening: string, tokens: number): string {
  return `{"role":"${role}","content":"${opening.padEnd(tokens * CHARACTERS_A_TOKEN, " and so on")}"}`;
}
