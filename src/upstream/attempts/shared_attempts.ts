import type { Runtime } from "../../core/runtime.ts";
import { CaptureBudget } from "../../recording/capture.ts";
import { TurnMemory } from "../translation/turn_memory.ts";
import { UsageFlags } from "../usage/usage_flag.ts";
import { RetryBudgets } from "../retry_budget.ts";
import { FairLines } from "./fair_lines.ts";
import { WaitingLines } from "./waiting_lines.ts";

/** Bytes that all requests together may hold of answers that go out only when they are whole. */
const HELD_BUDGET_BYTES = 512 * 1024 * 1024;

/** What the attempts of all requests share; outlives every generation of the config. */
export class SharedAttempts {
  readonly budgets = new RetryBudgets();
  readonly waiting: WaitingLines;
  readonly turns: FairLines;
  readonly memory: TurnMemory;
  readonly flags = new UsageFlags();
  readonly held = new CaptureBudget(HELD_BUDGET_BYTES);

  constructor(runtime: Runtime) {
    this.memory = new TurnMemory(runtime);
    this.waiting = new WaitingLines(runtime);
    this.turns = new FairLines(runtime);
  }
}
