import * as z from "zod";
import { model, models, object, says } from "../fields.ts";

const wholeName = () => {
  const error = says("must be one model name without '*' and white space, at most 256 characters");
  return z.string({ error }).regex(/^[^\s\p{Cc}"\\*]{1,256}$/u, { error });
};

/** Other names for models: what was asked for → what the upstream calls it. */
export function rename() {
  return z.record(wholeName(), wholeName(), {
    error: says('must map whole model names, as { "gpt-4o": "my-deployment" } does'),
  });
}

const discovery = object({
  discover: z.literal(true, {
    error: says('must be true; without discovery, write a list of names as "models"'),
  }).describe(
    "The upstreams are asked for their models, at the start and every hour; the last list is kept.",
  ),
  include: z.array(model()).max(1_000).default(["*"]).describe(
    "Names and patterns of those that clients may ask for.",
  ),
  exclude: z.array(model()).max(1_000).default([]).describe(
    "Names and patterns that are left out all the same.",
  ),
});

/** What a pool offers: names and patterns, or what its upstreams say they have. */
export function poolModels() {
  return z.union([models(), discovery], {
    error: says('must be a list of model names and patterns, or { "discover": true }'),
  });
}

/** {@link poolModels} as it comes out of the schema. */
export type PoolModelsFile = z.output<ReturnType<typeof poolModels>>;
