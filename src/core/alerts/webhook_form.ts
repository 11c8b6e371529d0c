import type { Registered } from "../registry.ts";
import type { Alert } from "./alert.ts";

/** How one kind of receiver wants alerts: registered by one file and one line in `forms/mod.ts`. */
export interface WebhookForm extends Registered {
  /** What it is, for the config's description. */
  readonly summary: string;
  /** The body to POST as JSON. */
  body(alert: Alert): unknown;
  /** Whether an answer of status 2xx with this text (its first few KB) means that the alert was taken. */
  accepts(answer: string): boolean;
}

/** The text for receivers that show texts; names the gateway, since messengers may let only texts with a set word pass. */
export function alertText({ kind, text }: Alert): string {
  return `[Tidegate] ${kind}: ${text}`;
}

/** Whether `answer` is a JSON object whose member `name` is 0: how the robots of messengers say yes, with status 200 also for a no. */
export function saysZero(answer: string, name: string): boolean {
  try {
    const value: unknown = JSON.parse(answer);
    return typeof value === "object" && value !== null && Reflect.get(value, name) === 0;
  } catch {
    return false;
  }
}
