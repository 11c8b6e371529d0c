import * as z from "zod";
import { type Jobs, type JobView } from "../../../../operations/jobs/jobs.ts";
import type { KeyDesk } from "../../../../operations/keys/key_desk.ts";
import { keySelection } from "../../../../operations/keys/key_selection.ts";
import { type AdminRoute, defineAdminRoute } from "../../admin_route.ts";

const jobView = z.object({
  id: z.string(),
  type: z.string(),
  state: z.enum(["running", "paused", "done", "cancelled", "failed"]),
  done: z.int(),
  total: z.int(),
  startedAtMs: z.number(),
  endedAtMs: z.number().nullable(),
  remainingMs: z.number().nullable(),
  result: z.unknown(),
});

const keyTestBody = z.strictObject({
  pool: z.string().min(1).max(64),
  which: keySelection.optional(),
  // Not the pattern of the config: its class of control characters is not one that all readers of JSON Schema know.
  model: z.string().min(1).max(256).optional(),
  concurrency: z.int().min(1).max(100).default(10),
  perSecond: z.number().min(0.1).max(1_000).default(20),
});

/** Long work beside the traffic: started, watched, paused and cancelled here. */
export function jobRoutes(
  { jobs, keyDesk }: { readonly jobs: Jobs; readonly keyDesk: KeyDesk },
): AdminRoute[] {
  const path = "/admin/jobs";
  return [
    defineAdminRoute({
      method: "GET",
      path,
      summary: "Jobs, the newest first; none outlives the process.",
      operationId: "listJobs",
      answer: z.object({ jobs: z.array(jobView) }),
      mutates: false,
      handle: () => ({ jobs: jobs.list() }),
    }),
    defineAdminRoute({
      method: "POST",
      path: `${path}/key-test`,
      summary:
        "Tests a pool's keys, each once: by the free list of models, or by a very short chat with a model.",
      operationId: "startKeyTest",
      body: keyTestBody,
      answer: jobView,
      mutates: true,
      handle: async ({ body: { pool, which, model, concurrency, perSecond } }) =>
        jobs.start(await keyDesk.test({ pool, which, model, pace: { concurrency, perSecond } })),
    }),
    defineAdminRoute({
      method: "GET",
      path: `${path}/{id}`,
      summary: "One job: progress, time left, what it found.",
      operationId: "getJob",
      answer: jobView,
      mutates: false,
      handle: ({ params }) => jobs.get(idOf(params)),
    }),
    steering(
      "DELETE",
      `${path}/{id}`,
      "Cancels a job, or takes one that is over from the list.",
      "cancelJob",
      (id) => jobs.cancel(id),
    ),
    steering(
      "POST",
      `${path}/{id}/pause`,
      "Lets a job rest; steps under way end.",
      "pauseJob",
      (id) => jobs.pause(id),
    ),
    steering("POST", `${path}/{id}/resume`, "Lets a paused job go on.", "resumeJob", (id) => jobs.resume(id)),
  ];
}

function steering(
  method: "DELETE" | "POST",
  path: string,
  summary: string,
  operationId: string,
  act: (id: string) => JobView,
): AdminRoute {
  return defineAdminRoute({
    ...{ method, path, summary, operationId, answer: jobView, mutates: true },
    handle: ({ params }) => act(idOf(params)),
  });
}

function idOf(params: Readonly<Record<string, string>>): string {
  return params["id"] ?? "";
}
