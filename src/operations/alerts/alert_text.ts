import { type AlertKind, MAX_ALERT_TEXT_CHARS } from "../../core/alerts/alert.ts";
import type { Notice } from "../../core/notices.ts";

/** Most problems of a refused configuration that are told; the log has them all. */
const MAX_PROBLEMS = 3;

/** What kind of alert a notice counts for. */
export function alertKindOf({ kind }: Notice): AlertKind {
  switch (kind) {
    case "attempt_failed":
      return "pool_errors";
    case "request_unanswered":
      return "all_down";
    default:
      return kind;
  }
}

/** What to tell of `count` events, of which `notice` is the last. */
export function alertTextOf(notice: Notice, count: number): string {
  const text = sentence(notice, count);
  return text.length <= MAX_ALERT_TEXT_CHARS ? text : `${text.slice(0, MAX_ALERT_TEXT_CHARS - 1)}…`;
}

function sentence(notice: Notice, count: number): string {
  switch (notice.kind) {
    case "attempt_failed":
      return `${
        counted(count, "attempt")
      } at pool ${notice.pool} failed by the fault of its upstreams; the last at ` +
        `${notice.upstream} (${notice.outcome}). The records of these requests tell more.`;
    case "request_unanswered": {
      const where = notice.pool === undefined ? "" : ` of pool ${notice.pool}`;
      const tried = notice.attempts === 0 ? "nobody could be tried" : counted(notice.attempts, "attempt");
      return `No endpoint${where} could answer ${counted(count, "request")}; the last got ${notice.code} ` +
        `(${tried}). See why with: tidegate explain`;
    }
    case "key_invalid":
    case "quota_spent": {
      const { pool, upstream, key, reason } = notice;
      const which = key === undefined ? "A key" : `Key ${key}`;
      const what = notice.kind === "key_invalid" ? "is refused by" : "has used up its quota at";
      const more = count === 1 ? "" : ` This happened ${count} times since the last alert.`;
      return `${which} of pool ${pool} ${what} ${upstream} (${reason}) and gets no requests until that has changed.${more}`;
    }
    case "records_failing":
      return notice.what === "unwritten"
        ? "Records cannot be written. Check the disk of the data directory; the log tells the cause."
        : "Records were dropped. The log tells how many and why.";
    case "config_refused": {
      const { problems } = notice;
      const more = problems.length - MAX_PROBLEMS;
      return [
        "The changed configuration was refused; the one before stays in force.",
        ...problems.slice(0, MAX_PROBLEMS),
        ...(more > 0 ? [`and ${more} more`] : []),
      ].join("\n");
    }
  }
}

function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}
