import type { Steps } from "../../core/time/steps.ts";
import type { Range, Source } from "./source.ts";
import { type Token, tokens } from "./tokens.ts";

/** Widest piece of a line that is shown, in characters; a file on one line must not flood a terminal. */
const MAX_WIDTH = 100;

/**
 * Members whose values are shown. Everything else is masked: the value of a misspelt `keys` is still a secret.
 * `tests/config/text/excerpt_test.ts` holds this list to the schema.
 */
const SHOWN_MEMBERS: ReadonlySet<string> = new Set(
  ("$schema above addresses admin affinity after alerts aliases apiVersion attempts audioInput " +
    "audioOutput balance base bodies body budget by bytesPerMinute ca cachedInput cacheWrite " +
    "channels class code commit compress concurrency connect consecutive cooldown cors deadlines " +
    "debug default defaults delete discover drain eject enabled errors every exclude expect " +
    "expires failures file files firstContent floorPerSecond formats headers headersUnstreamed " +
    "health hold idle imageInput imageOutput include inject input keepAlive keepDays " +
    "keyInvalidAfter legacyHeaders level limits listen load logs longCacheWrite max maxAge " +
    "maxFiles maxSize maxTime maxTokens maxTotal memory method metrics minimum mode model models name " +
    "onFullDisk open organization origins output overloadAs overrides parameters path paths per " +
    "pools priceMultiplier prices priority probe project provider proxies proxy queue quotaGroup " +
    "rate reasoning records remove rename renameOnly request requestsPerDay requestsPerMinute " +
    "resetAt response retry rolling routes set share sliding slowStart socketIdle span state " +
    "status store strategy streams tenants text thousandRequests threshold tiers timeout tls to " +
    "tokensPerDay tokensPerMinute total training trustedProxies ttl type upstreams url usage usd " +
    "wait webhooks weight window zone")
    .split(" "),
);

/** Members below which names are the operator's own, and values may be secrets whatever they are called. */
const HIDING_MEMBERS = ["set", "default", "proxies"];

/** What stands in an excerpt for a text that may be a secret. */
const MASK = "***";

/** Pieces of a whole text that are shown between two steps: a fraction of a millisecond. */
const PIECES_A_STEP = 256;

/** One piece of the line as it is shown. */
interface Piece {
  readonly offset: number;
  readonly length: number;
  readonly shown: string;
}

/**
 * Shows where a problem is without ever showing a secret. Comments are left out, and so is everything that is
 * no JSON token: both may hold a credential that someone commented out or forgot to quote.
 */
export class Excerpt {
  readonly #source: Source;
  readonly #readable: boolean;
  #safe: readonly Piece[] | undefined;

  /** `readable` false: the text is so broken that nobody can tell whose value a text is; then none is shown. */
  constructor(source: Source, readable: boolean) {
    this.#source = source;
    this.#readable = readable;
  }

  /** The line of `range` and a line of carets below it, both indented alike; one string, no line break at its end. */
  show(range: Range): string {
    const { line } = this.#source.position(range.offset);
    const { start, end } = this.#source.line(line);
    this.#safe ??= [...safePieces(this.#source.text, this.#readable)];
    const rangeEnd = Math.min(range.offset + Math.max(range.length, 1), Math.max(end, range.offset + 1));
    let shown = "";
    let caretFrom: number | undefined;
    let caretTo = 0;
    const append = (offset: number, text: string, lengthInText: number) => {
      if (offset < rangeEnd && offset + lengthInText > range.offset) {
        const whole = text.length === lengthInText;
        caretFrom ??= shown.length + (whole ? Math.max(0, range.offset - offset) : 0);
        caretTo = shown.length + (whole ? Math.min(text.length, rangeEnd - offset) : text.length);
      }
      shown += text;
    };
    let at = start;
    for (const piece of this.#piecesOf(start, end)) {
      if (piece.offset > at) append(at, " ".repeat(piece.offset - at), piece.offset - at);
      append(piece.offset, piece.shown, piece.length);
      at = piece.offset + piece.length;
    }
    caretFrom ??= Math.max(0, shown.length);
    return framed(line, shown, caretFrom, Math.max(caretTo, caretFrom + 1));
  }

  /** The whole text as it may be shown, line by line where it was: secrets masked, comments and broken tokens left out. */
  *whole(): Steps<string> {
    const { text } = this.#source;
    let shown = "";
    let at = 0;
    let pieces = 0;
    for (const { offset, length, shown: piece } of safePieces(text, this.#readable)) {
      if (++pieces % PIECES_A_STEP === 0) yield;
      shown += blank(text.slice(at, offset)) + piece;
      at = offset + length;
    }
    return shown + blank(text.slice(at));
  }

  #piecesOf(start: number, end: number): readonly Piece[] {
    const all = this.#safe ?? [];
    const from = firstEndingAfter(all, start);
    const pieces: Piece[] = [];
    for (let i = from; i < all.length; i++) {
      const piece = all[i];
      if (piece === undefined || piece.offset >= end) break;
      if (piece.offset >= start) pieces.push(piece);
    }
    return pieces;
  }
}

/** The line ends of what is left out, and the white space around it. */
function blank(text: string): string {
  return text.replace(/[^\s]+/g, "");
}

function firstEndingAfter(pieces: readonly Piece[], offset: number): number {
  let low = 0;
  let high = pieces.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const piece = pieces[middle];
    if (piece !== undefined && piece.offset + piece.length <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

function framed(line: number, shown: string, caretFrom: number, caretTo: number): string {
  const from = Math.max(0, Math.min(caretFrom - MAX_WIDTH / 2, shown.length - MAX_WIDTH));
  const piece = shown.slice(from, from + MAX_WIDTH);
  const label = String(line).padStart(5);
  const carets = "^".repeat(Math.max(1, Math.min(caretTo, from + MAX_WIDTH) - caretFrom));
  const text = piece.trimEnd();
  return `${label} | ${text}\n${" ".repeat(5)} | ${" ".repeat(caretFrom - from)}${carets}`;
}

/** The tokens of a text as they may be shown. */
function* safePieces(text: string, readable: boolean): Generator<Piece> {
  const open: string[] = [];
  let member = "";
  for (const [token, next] of withNext(text)) {
    const raw = text.slice(token.offset, token.offset + token.length);
    let shown = raw;
    if (token.kind === "{" || token.kind === "[") {
      open.push(member);
    } else if (token.kind === "}" || token.kind === "]") {
      member = open.pop() ?? "";
    } else if (token.kind === "string" && next?.kind === ":") {
      member = raw.slice(1, -1);
      shown = isPlainName(member) ? raw : MASK;
    } else {
      // Whoever knows a webhook's path can send there: paths are shown only where an upstream's must stand.
      const isAddress = !open.includes("upstreams") && /^"https?:\/\/[^/]*\/./i.test(raw);
      const isOthers = HIDING_MEMBERS.some((name) => open.includes(name));
      shown = shownValue(token, raw, readable && SHOWN_MEMBERS.has(member) && !isAddress && !isOthers);
    }
    yield { offset: token.offset, length: token.length, shown };
  }
}

/** Every token but comments, with the one after it. */
function* withNext(text: string): Generator<readonly [Token, Token | undefined]> {
  let before: Token | undefined;
  for (const token of tokens(text)) {
    if (token.kind === "comment") continue;
    if (before !== undefined) yield [before, token];
    before = token;
  }
  if (before !== undefined) yield [before, undefined];
}

function shownValue(token: Token, raw: string, isShown: boolean): string {
  switch (token.kind) {
    case ",":
    case ":":
    case "keyword":
      return raw;
    case "number":
      return isShown ? raw : MASK;
    case "string":
      return isShowable(raw, isShown) ? raw : MASK;
    default:
      return MASK;
  }
}

/** A member name as people write them; anything else may be a value that slipped into its place. */
export function isPlainName(name: string): boolean {
  return /^(?:[$]?[A-Za-z]{1,24}|x-[a-z-]{1,24})$/.test(name);
}

function isShowable(raw: string, isShown: boolean): boolean {
  const closed = raw.length >= 2 && raw.endsWith('"');
  if (!closed) return false;
  const value = raw.slice(1, -1);
  if (/^env:[A-Z][A-Z0-9_]*$/.test(value) || /^file:[\w./ -]{1,100}$/.test(value)) return true;
  return isShown && !looksSecret(value);
}

/** A text that has the shape of a credential, wherever it stands. */
function looksSecret(value: string): boolean {
  if (/^(?:(?:sk|pk|rk|gsk|xai|hf|nvapi|r8|pplx|bearer)[-_ ]|AIza).{8,}$/i.test(value)) return true;
  // A URL's user and query are where credentials hide; a simulated one's query is its script.
  if (/:\/\/[^/]*@|^https?:.*[?#]/i.test(value)) return true;
  const digits = value.replace(/[^0-9]/g, "").length;
  return value.length >= 24 && digits >= 4 && /^[A-Za-z0-9_\-+=]+$/.test(value);
}
