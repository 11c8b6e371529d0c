import type * as z from "zod";
import type { Steps } from "../../../core/time/steps.ts";
import { type Item, numbered, soundItems } from "../../build/item.ts";
import type { Path } from "../../text/document.ts";
import { type ConfigFile, configFile } from "../config_file.ts";
import { MAX_LIST } from "../fields.ts";
import { type IssueProblem, issueProblems, issueText } from "../issue_problems.ts";
import { keyItems, type KeyItemsFile, type PoolFile, poolFile } from "../pool_file.ts";

/** Keys judged between two steps: a fraction of a millisecond. */
const KEYS_A_STEP = 64;

/** What the schema says of a file. */
export interface JudgedFile {
  /** Undefined: there are problems. */
  readonly file: ConfigFile | undefined;
  /** The pools of the file, or those that are sound by themselves where there are problems. */
  readonly pools: readonly Item<PoolFile>[];
  readonly problems: readonly IssueProblem[];
}

/** A list of keys, taken out of the pool or upstream that holds it. */
interface KeyList {
  readonly holder: { keys?: unknown };
  readonly pool: number;
  /** Undefined: the pool's own. */
  readonly upstream: number | undefined;
  readonly raw: readonly unknown[];
  judged: KeyItemsFile | undefined;
}

/**
 * Holds a file to the schema, in steps: lists of keys, which may have fifty thousand entries, are judged piece by piece,
 * and the rest without them. `value` is plain data, and after it what it was.
 */
export function* judgeFile(value: unknown): Steps<JudgedFile> {
  const lists = keyListsOf(value);
  const problems: IssueProblem[] = [];
  for (const list of lists) problems.push(...yield* judgeKeys(list));
  for (const { holder } of lists) holder.keys = [];
  const parsed = configFile.safeParse(value, { error: issueText });
  problems.push(...issueProblems(parsed.error?.issues ?? []));
  const file = problems.length === 0 ? parsed.data : undefined;
  const pools = parsed.success ? numbered(parsed.data.pools) : soundItems(poolFile, poolsOf(value));
  for (const { holder, raw } of lists) holder.keys = raw;
  return { file, problems, pools: pools.filter((pool) => putBack(pool, lists)) };
}

function keyListsOf(value: unknown): KeyList[] {
  const lists: KeyList[] = [];
  const note = (holder: unknown, pool: number, upstream?: number) => {
    if (!isRecord(holder) || !Array.isArray(holder["keys"])) return;
    const raw: readonly unknown[] = holder["keys"];
    if (raw.length <= MAX_LIST) lists.push({ holder, pool, upstream, raw, judged: undefined });
  };
  for (const [at, pool] of poolsOf(value).entries()) {
    note(pool, at);
    const upstreams: unknown = isRecord(pool) ? pool["upstreams"] : undefined;
    if (!Array.isArray(upstreams)) continue;
    for (const [upstreamAt, upstream] of upstreams.entries()) note(upstream, at, upstreamAt);
  }
  return lists;
}

function* judgeKeys(list: KeyList): Steps<IssueProblem[]> {
  const { raw, pool, upstream } = list;
  const path: Path = ["pools", pool, ...(upstream === undefined ? [] : ["upstreams", upstream]), "keys"];
  const problems: IssueProblem[] = [];
  const judged: KeyItemsFile = [];
  for (let from = 0; from < raw.length; from += KEYS_A_STEP) {
    const some = raw.slice(from, from + KEYS_A_STEP);
    yield;
    if (some.every((entry) => typeof entry === "string")) {
      // What a text must be is said where it is resolved.
      judged.push(...some);
      continue;
    }
    const parsed = keyItems.safeParse(some, { error: issueText });
    if (parsed.success) judged.push(...parsed.data);
    problems.push(...issueProblems((parsed.error?.issues ?? []).map((issue) => movedOn(issue, from)), path));
  }
  if (problems.length === 0) list.judged = judged;
  return problems;
}

/** The same issue of a list that has `from` more entries before this one's. */
function movedOn(issue: z.core.$ZodIssue, from: number): z.core.$ZodIssue {
  const [index, ...rest] = issue.path;
  return { ...issue, path: typeof index === "number" ? [from + index, ...rest] : issue.path };
}

/** Puts its keys back into a pool; false where some of them are not sound. */
function putBack({ index, file }: Item<PoolFile>, lists: readonly KeyList[]): boolean {
  const own = lists.filter(({ pool }) => pool === index);
  for (const { upstream, judged } of own) {
    const holder = upstream === undefined ? file : file.upstreams?.[upstream];
    if (judged === undefined || typeof holder !== "object") return false;
    holder.keys = judged;
  }
  return true;
}

function poolsOf(value: unknown): readonly unknown[] {
  const pools: unknown = isRecord(value) ? value["pools"] : undefined;
  return Array.isArray(pools) ? pools : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
