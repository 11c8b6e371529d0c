import { z } from "zod";
import { GatewayError } from "../../../core/errors.ts";
import { findRecord } from "../../../recording/reading/find_record.ts";
import { listRecords, type RecordPage } from "../../../recording/reading/list_records.ts";
import { readableFiles } from "../../../recording/reading/readable_files.ts";
import { type AdminReply, type AdminRoute, defineAdminRoute } from "../admin_route.ts";

/** What the routes of records work with. */
export interface RecordRoutesParts {
  /** The folder of the hours' files. */
  readonly recordFolder: string;
}

/** Calls that read record files at once; more are told to come back. */
const MAX_READING = 2;

/** Most files that a record is looked for in: it begins in the hour its id tells and ends within the next. */
const MAX_SEARCHED_FILES = 48;

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const word = z.string().min(1).max(500).optional();

/** Records: listing, and one as a whole. */
export function recordRoutes({ recordFolder }: RecordRoutesParts): AdminRoute[] {
  const turn = readingTurn();
  return [listRoute(recordFolder, turn), hoursRoute(recordFolder), readRoute(recordFolder, turn)];
}

type Turn = <T>(work: () => Promise<T>) => Promise<T>;

/** Lets a few readers in at a time: reading is bounded, but it is work that streams would feel. */
function readingTurn(): Turn {
  let reading = 0;
  return async (work) => {
    if (reading >= MAX_READING) {
      const text = "Records are being read for others just now. Ask again in a second.";
      throw new GatewayError("rate_limited", text, { retryAfterMs: 1000 });
    }
    reading++;
    try {
      return await work();
    } finally {
      reading--;
    }
  };
}

function listRoute(recordFolder: string, turn: Turn): AdminRoute {
  return defineAdminRoute({
    method: "GET",
    path: "/admin/records",
    summary: "Records without their bodies, newest first.",
    operationId: "listRecords",
    query: z.strictObject({
      hour: z.string().regex(/^\d{8}_\d{2}$/, "write YYYYMMDD_HH").optional().describe(
        "The UTC hour in which they ended; omitted: all, from the newest on.",
      ),
      tenant: word,
      model: word.describe("As the client asked for it, or as it was served."),
      outcome: word,
      status: z.coerce.number().int().min(100).max(599).optional(),
      limit: z.coerce.number().int().min(1).max(500).default(50),
      cursor: z.string().max(64).optional().describe("nextCursor of the page before."),
    }),
    answer: z.object({
      records: z.array(z.looseObject({ id: z.string() })),
      nextCursor: z.string().nullable().describe(
        "null: there are no more. One call looks at 64 MB of lines, so a page may be short, even empty, and still have a next.",
      ),
      unread: z.array(z.string()).describe("Files that could not be read to their end."),
    }),
    mutates: false,
    async handle({ query: { hour, cursor, limit, ...filter } }) {
      let page: RecordPage;
      try {
        page = await turn(() => listRecords(recordFolder, { hour, cursor, limit, filter }));
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        throw new GatewayError("invalid_body", `${error.message}.`, { param: "cursor" });
      }
      return { records: page.records, nextCursor: page.nextCursor ?? null, unread: page.unread };
    },
  });
}

function hoursRoute(recordFolder: string): AdminRoute {
  return defineAdminRoute({
    method: "GET",
    path: "/admin/record-hours",
    summary: "Hours that have records, newest first, with the size of their files.",
    operationId: "listRecordHours",
    answer: z.object({
      hours: z.array(z.object({ hour: z.string(), sizeBytes: z.number(), compressed: z.boolean() })),
    }),
    mutates: false,
    async handle() {
      const hours = new Map<string, { hour: string; sizeBytes: number; compressed: boolean }>();
      for (const { hour, sizeBytes, kind } of (await readableFiles(recordFolder)).toReversed()) {
        const known = hours.get(hour);
        if (known === undefined) hours.set(hour, { hour, sizeBytes, compressed: kind === "compressed" });
        else known.sizeBytes += sizeBytes;
      }
      return { hours: [...hours.values()] };
    },
  });
}

function readRoute(recordFolder: string, turn: Turn): AdminRoute {
  return defineAdminRoute({
    method: "GET",
    path: "/admin/records/{id}",
    summary: "One record as it was written, bodies included.",
    operationId: "readRecord",
    answer: z.looseObject({ id: z.string() }),
    mutates: false,
    async handle({ params }): Promise<AdminReply> {
      const id = (params["id"] ?? "").toLowerCase();
      const line = ID.test(id)
        ? await turn(() => findRecord(recordFolder, id, () => {}, MAX_SEARCHED_FILES))
        : undefined;
      if (line === undefined) {
        const text =
          "There is no record with this id. It may be too old, not written yet, or records were off.";
        throw new GatewayError("object_not_found", text);
      }
      return { contentType: "application/json; charset=utf-8", body: new TextDecoder().decode(line) };
    },
  });
}
