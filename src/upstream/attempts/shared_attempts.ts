import type { Runtime } from "../../core/runtime.ts";
import { CaptureBudget } from "../../recording/capture.ts";
import { TurnMemory } from "../translation/turn_memory.ts";
import { UsageFlags } from "../usage/usage_flag.ts";
import { RetryBudgets } from "../retry_budget.ts";
import { FairLines } from "./fair_lines.ts";
import { WaitingLines } from "./waiting_lines.ts";

/** Held answers where nobody sets a limit. */
const DEFAULT_HELD_BYTES = 256 * 1024 * 1024;

/** What the attempts of all requests share; outlives every generation of the config. */
export class SharedAttempts {
  readonly budgets = new RetryBudgets();
  readonly waiting: WaitingLines;
  readonly turns: FairLines;
  readonly memory: TurnMemory;
  readonly flags = new UsageFlags();
  /** What all requests together may hold of answers until they are whole; its limit is the gateway's to set. */
  readonly held = new CaptureBudget(DEFAULT_HELD_BYTES);

  constructor(runtime: Runtime) {
    this.memory = new TurnMemory(runtime);
    this.waiting = new WaitingLines(runtime);
    this.turns = new FairLines(runtime);
  }
}
