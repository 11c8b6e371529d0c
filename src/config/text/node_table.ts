import { createScanner } from "jsonc-parser";
import type { Path, Range } from "./source.ts";

/** Where a path leads. */
export interface Place {
  /** The text has all of it; else {@link value} is the last that it has on the way. */
  readonly isThere: boolean;
  /** The name of a member that is there. */
  readonly name?: Range;
  readonly value: Range;
}

/** Room for so many nodes to begin with. */
const FIRST_ROOM = 1024;

/** Numbers kept of a node: where it begins, its length, and the first node after it and all that is in it. */
const WIDTH = 3;

/**
 * Where every value and member name of a text stands, in the order of the text: a config of 50,000 keys has some
 * 400,000, and as objects they would be most of what the gateway holds in memory.
 */
export class NodeTable {
  readonly #text: string;
  #numbers = new Int32Array(FIRST_ROOM * WIDTH);
  #count = 0;
  /** By container that was asked: its children, names and values in turn where it is an object. */
  readonly #children = new Map<number, readonly number[]>();

  constructor(text: string) {
    this.#text = text;
  }

  /** Notes the next node, one that has no others in it; returns its number. */
  add(offset: number, length: number): number {
    const node = this.#count++;
    const at = node * WIDTH;
    if (at + WIDTH > this.#numbers.length) {
      const larger = new Int32Array(this.#numbers.length * 2);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[at] = offset;
    this.#numbers[at + 1] = length;
    this.#numbers[at + 2] = node + 1;
    return node;
  }

  /** All that was added since `node` is in it, and it ends before `endOffset`. */
  close(node: number, endOffset: number): void {
    this.#numbers[node * WIDTH + 1] = endOffset - this.#number(node, 0);
    this.#numbers[node * WIDTH + 2] = this.#count;
  }

  /** Gives back the room that was not needed. */
  trim(): void {
    this.#numbers = this.#numbers.slice(0, this.#count * WIDTH);
  }

  /** Follows `path` from the top. */
  find(path: Path): Place {
    let name: number | undefined;
    let value = 0;
    for (const step of path) {
      const at = this.#childAt(value, step);
      const found = at === undefined ? undefined : this.#childrenOf(value)[at];
      if (at === undefined || found === undefined) return { isThere: false, value: this.#range(value) };
      name = typeof step === "string" ? this.#childrenOf(value)[at - 1] : undefined;
      value = found;
    }
    const place = { isThere: true, value: this.#range(value) };
    return name === undefined ? place : { ...place, name: this.#range(name) };
  }

  /** Index of a member's or element's value among the children. */
  #childAt(container: number, step: string | number): number | undefined {
    const bracket = this.#text[this.#number(container, 0)];
    if (typeof step === "number") return bracket === "[" ? step : undefined;
    if (bracket !== "{") return undefined;
    const found = this.#childrenOf(container).findIndex((child, nth) =>
      nth % 2 === 0 && this.#nameOf(child) === step
    );
    return found < 0 ? undefined : found + 1;
  }

  #childrenOf(container: number): readonly number[] {
    let children = this.#children.get(container);
    if (children === undefined) {
      const found: number[] = [];
      const end = this.#number(container, 2);
      for (let node = container + 1; node < end; node = this.#number(node, 2)) found.push(node);
      this.#children.set(container, children = found);
    }
    return children;
  }

  #nameOf(node: number): string {
    const scanner = createScanner(this.#text, true);
    scanner.setPosition(this.#number(node, 0));
    scanner.scan();
    return scanner.getTokenValue();
  }

  #range(node: number): Range {
    return { offset: this.#number(node, 0), length: this.#number(node, 1) };
  }

  #number(node: number, which: 0 | 1 | 2): number {
    return this.#numbers[node * WIDTH + which] ?? 0;
  }
}
