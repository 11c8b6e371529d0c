import type { ChatEvent, OpaqueSignature } from "../../../../core/chat.ts";
import { exactNumber, isJsonObject, type JsonObject } from "../../../../core/bytes/exact_json.ts";
import { readGoogleSignature } from "../../shared/google_signature.ts";
import { type CallFragment, makeCallId, readCallFragment } from "../answer/call_fragment.ts";
import { JsonEnd } from "./json_end.ts";

/** Most calls of one choice; OpenAI takes 128 tools, and servers call few at once. Further ones are left out. */
const MAX_CALLS = 1024;

type Emit = (event: ChatEvent) => void;

/** A call as it grows. */
interface GrowingCall {
  readonly call: number;
  readonly index: number | undefined;
  /** The answer's marks, of which an id is made where the server gives none. */
  readonly origin: JsonObject;
  /** As the server gave it; empty while it has not. */
  id: string;
  name: string;
  custom: boolean;
  signature: OpaqueSignature | undefined;
  readonly json: JsonEnd;
  state: "named" | "started" | "ended";
}

/**
 * Puts the fragments of one choice's tool calls in order. A call is told once its arguments begin, because its name
 * may come in pieces until then; it ends when another has begun and its own JSON is whole, else at the end.
 */
export class CallFragments {
  readonly #choice: number;
  readonly #calls: GrowingCall[] = [];
  /** First call that is not known to have ended. */
  #firstOpen = 0;

  constructor(choice: number) {
    this.#choice = choice;
  }

  /** Whether there was a call. */
  get any(): boolean {
    return this.#calls.length > 0;
  }

  /** Takes the entries of one delta; `event` is the whole event, of whose marks ids are made. */
  push(entries: readonly unknown[], event: JsonObject, emit: Emit): void {
    for (const entry of entries) {
      if (isJsonObject(entry)) this.#add(entry, event, emit);
    }
  }

  /** Tells what is still owed. */
  end(emit: Emit): void {
    for (const call of this.#calls) this.#close(call, emit);
  }

  #add(entry: JsonObject, event: JsonObject, emit: Emit): void {
    const fragment = readCallFragment(entry);
    const index = exactNumber(entry.index);
    let call = this.#find(fragment, index);
    if (call === undefined) {
      const isEmpty = fragment.id === "" && fragment.name === "" && fragment.text === "";
      if (isEmpty || this.#calls.length >= MAX_CALLS) return;
      call = this.#open(index, event, emit);
    }
    if (call.state === "ended") return;
    if (call.state === "named") {
      call.id ||= fragment.id;
      // Some servers repeat the whole name, some send it in pieces.
      if (call.name !== fragment.name) call.name += fragment.name;
      call.custom ||= fragment.custom;
      call.signature ??= readGoogleSignature(entry);
    }
    if (fragment.text === "") return;
    this.#start(call, emit);
    emit({ kind: "tool_arguments", choice: this.#choice, call: call.call, text: fragment.text });
    if (!call.custom) call.json.push(fragment.text);
    this.#closeWhole(emit);
  }

  /** The call that a fragment continues, or undefined where it begins one. */
  #find({ id, name }: CallFragment, index: number | undefined): GrowingCall | undefined {
    if (index === undefined) {
      // Google's endpoint sends whole calls without an index; a nameless rest continues the last one.
      if (id !== "") return this.#calls.findLast((call) => call.id === id);
      return name === "" ? this.#calls.at(-1) : undefined;
    }
    const match = this.#calls.findLast((call) => call.index === index);
    // A server that gives every parallel call the same index tells them apart by id and name.
    const isOther = id !== "" && name !== "" && match !== undefined && match.id !== "" && match.id !== id;
    return isOther ? undefined : match;
  }

  #open(index: number | undefined, { id, created, model }: JsonObject, emit: Emit): GrowingCall {
    for (const call of this.#calls.slice(this.#firstOpen)) this.#start(call, emit);
    const call: GrowingCall = {
      call: this.#calls.length,
      index,
      origin: { id, created, model },
      id: "",
      name: "",
      custom: false,
      signature: undefined,
      json: new JsonEnd(),
      state: "named",
    };
    this.#calls.push(call);
    this.#closeWhole(emit);
    return call;
  }

  #start(call: GrowingCall, emit: Emit): void {
    if (call.state !== "named") return;
    call.state = "started";
    const { id, name, custom, signature } = call;
    emit({
      kind: "tool_start",
      choice: this.#choice,
      call: call.call,
      id: id || makeCallId(call.origin, `${this.#choice} ${call.call}`),
      name,
      ...(custom && { custom }),
      ...(signature && { signature }),
    });
  }

  /** Ends the calls before the last whose arguments are whole. */
  #closeWhole(emit: Emit): void {
    for (let at = this.#firstOpen; at < this.#calls.length - 1; at++) {
      const call = this.#calls[at];
      if (call !== undefined && call.json.reached) this.#close(call, emit);
    }
    while (this.#calls[this.#firstOpen]?.state === "ended") this.#firstOpen++;
  }

  #close(call: GrowingCall, emit: Emit): void {
    if (call.state === "ended") return;
    this.#start(call, emit);
    call.state = "ended";
    emit({ kind: "tool_end", choice: this.#choice, call: call.call });
  }
}
