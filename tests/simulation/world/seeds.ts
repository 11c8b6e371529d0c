/** Whether long campaigns were asked for (`deno task prove`). */
export const PROVE = Deno.env.get("TIDEGATE_PROVE") !== undefined;

/** One: each costs a minute, and a check that takes longer than people wait for is not run. */
const CI_SEEDS = [1];
const PROVE_SEEDS = Array.from({ length: 10 }, (_, index) => index + 1);

/** The seeds to run with: the one of `TIDEGATE_SEED` alone where it is set, one in CI, ten in long campaigns. */
export function seeds(): readonly number[] {
  const wished = Deno.env.get("TIDEGATE_SEED");
  if (wished !== undefined) return [Number(wished)];
  return PROVE ? PROVE_SEEDS : CI_SEEDS;
}

/** A test for every seed; a failing one says how it is run again alone. */
export function simulate(name: string, scenario: (seed: number) => Promise<void>): void {
  for (const seed of seeds()) {
    Deno.test(`${name} (seed ${seed})`, async () => {
      try {
        await scenario(seed);
      } catch (error) {
        throw new Error(`seed ${seed} failed; to run it alone, set TIDEGATE_SEED=${seed}`, { cause: error });
      }
    });
  }
}
