import { DropCounts } from "./drop_counts.ts";

/**
 * Chances of seeing more left than was expected, by about one request and by more. Nobody gives requests back, so
 * it is an accident of rounding, or two requests that overtook each other; fixed, so that it never becomes usual.
 */
const CHANCE_OF_ACCIDENT = 0.1;
const CHANCE_OF_RISE = 0.01;

/** Least size, in requests, of the parts by which a right expectation is off: clocks and rounding. */
const LEAST_JITTER = 0.03;

/** How quickly the measured size follows. */
const JITTER_SHARE = 0.1;

/** Chance of a part that has nothing to do with the jitter: two requests that overtook each other, a lost one. */
const CHANCE_OF_STRAY = 0.02;

/** Above this many the sums behind a pace are halved. */
const MEMORY = 64;

/** How far what was left lay below the expectation, and how long the expectation had stood. */
export interface Drop {
  /** Requests; below 0: more was left. */
  readonly units: number;
  /** Whether the vendor told fractions. */
  readonly isExact: boolean;
  /** Since the answer that the expectation stands on: time, and requests that were counted. */
  readonly passedMs: number;
  readonly sent: number;
  /** Whether the limit was full in between: then it says nothing of what others took. */
  readonly wasFull: boolean;
}

/**
 * How well a count of one's own requests foretells what is left, whoever else uses the limit: by how much it is
 * usually wrong, in all, beyond a steady pace in time, or beyond one in step with one's own requests. Which of
 * the three foretells best is found out as well. Two counts are compared by the chances they gave, before seeing
 * it, to what was then seen (prequential, after Dawid): one that merely runs in step with the truth gains nothing.
 */
export class Foreteller {
  readonly #plain = new DropCounts();
  readonly #inTime = new DropCounts();
  readonly #inStep = new DropCounts();
  #jitter = 4 * LEAST_JITTER;
  #plainTrust = 1 / 3;
  #inTimeTrust = 1 / 3;
  #inStepTrust = 1 / 3;
  #drops = 0;
  #passedMs = 0;
  #sent = 0;
  #seen = 0;

  /**
   * Size, in requests, of the parts by which it is off. Others take whole requests, so where a vendor tells
   * fractions the count of the right limit is off by none but the network's jitter; that of a limit which only
   * runs beside it is off by any part.
   */
  get jitter(): number {
    return this.#jitter;
  }

  /** The natural logarithm of the chance that was given to the drop (0 where it says nothing), where parts have the size `jitter`; learns from it. */
  logChance({ units, isExact, passedMs, sent, wasFull }: Drop, jitter = this.#jitter): number {
    const whole = Math.round(units);
    if (wasFull) return whole < 0 ? Math.log(whole === -1 ? CHANCE_OF_ACCIDENT : CHANCE_OF_RISE) : 0;
    const off = Math.abs(units - whole);
    const part = isExact ? Math.log(partChance(off, jitter)) : 0;
    if (isExact) this.#jitter += JITTER_SHARE * (Math.max(LEAST_JITTER, 2 * off) - this.#jitter);
    if (whole < 0) return part + Math.log(whole === -1 ? CHANCE_OF_ACCIDENT : CHANCE_OF_RISE);
    const perMs = this.#passedMs > 0 ? this.#drops / this.#passedMs : 0;
    const perSent = this.#sent > 0 ? this.#drops / this.#sent : 0;
    const plain = this.#plainTrust * this.#plain.chance(whole);
    const inTime = this.#inTimeTrust * this.#inTime.chance(whole - Math.round(perMs * passedMs));
    const inStep = this.#inStepTrust * this.#inStep.chance(whole - Math.round(perSent * sent));
    const chance = plain + inTime + inStep;
    this.#plainTrust = plain / chance;
    this.#inTimeTrust = inTime / chance;
    this.#inStepTrust = inStep / chance;
    this.#learnPace(whole, passedMs, sent);
    return part + Math.log((1 - CHANCE_OF_ACCIDENT - CHANCE_OF_RISE) * chance);
  }

  #learnPace(whole: number, passedMs: number, sent: number): void {
    this.#drops += whole;
    this.#passedMs += passedMs;
    this.#sent += sent;
    if (++this.#seen <= MEMORY) return;
    this.#seen /= 2;
    this.#drops /= 2;
    this.#passedMs /= 2;
    this.#sent /= 2;
  }
}

/** Density of being off by a part (0 to 0.5): falling exponentially with its size, and a rest that is even. */
function partChance(off: number, jitter: number): number {
  const within = Math.exp(-off / jitter) / (jitter * (1 - Math.exp(-0.5 / jitter)));
  return (1 - CHANCE_OF_STRAY) * within + 2 * CHANCE_OF_STRAY;
}
