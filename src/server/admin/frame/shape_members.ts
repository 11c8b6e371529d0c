import { z } from "zod";

/** A JSON Schema, as far as the admin API looks into one. */
export interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly [member: string]: unknown;
}

/** The schema of what a shape takes in, or of what it tells. What JSON Schema cannot say allows anything. */
export function schemaOf(shape: z.ZodType, side: "input" | "output"): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(shape, { io: side, unrepresentable: "any" });
  // What zod makes for an object has objects for properties: none of the shapes is a bare `true`.
  return schema as JsonSchema;
}

const members = new WeakMap<z.ZodType, readonly string[]>();

/** Names of an object shape's members. */
export function membersOf(shape: z.ZodType): readonly string[] {
  let known = members.get(shape);
  if (known === undefined) members.set(shape, known = Object.keys(schemaOf(shape, "input").properties ?? {}));
  return known;
}
