/** How far over its even share of the requests under way an endpoint may be and still be stayed with (bounded loads). */
const BOUND = 1.25;

/** Requests over that which are nobody's burden: with little under way, shares are all noise. */
const SLACK = 4;

/** Requests under way in a tier. */
export interface Crowd {
  /** At the endpoint. */
  readonly inFlight: number;
  /** At all endpoints of the tier. */
  readonly total: number;
  /** The endpoint's part, 0 to 1, of the weights of all that can serve. */
  readonly share: number;
}

/** Whether one more request would be more than the endpoint's share bears, so that affinity must yield. */
export function isCrowded({ inFlight, total, share }: Crowd): boolean {
  return inFlight + 1 > BOUND * (total + 1) * share + SLACK;
}
