/** What `/readyz` answers, as far as tests look at it. */
export interface Readyz {
  readonly status: string;
  readonly generation: number;
  readonly pools: readonly string[];
  readonly endpoints: number;
  readonly usableEndpoint: boolean;
  readonly simulated: boolean;
  readonly undiscovered?: readonly string[];
  readonly state: string;
  readonly missingSecrets: readonly unknown[];
  readonly config: {
    readonly upToDate: boolean;
    readonly problems?: readonly string[];
    readonly refusedAt?: number;
  };
}

/** Asks a gateway at `url` whether it is ready; with the HTTP status. */
export async function readyz(url: string): Promise<Readyz & { readonly httpStatus: number }> {
  const answer = await fetch(`${url}/readyz`);
  return { ...await answer.json(), httpStatus: answer.status };
}
