import assert from "node:assert/strict";
import { nearest } from "../../../src/config/text/nearest.ts";

const MEMBERS = ["name", "provider", "upstreams", "weight", "priority", "keys", "models", "deadlines"];

Deno.test("nearest: a slip of the fingers finds the name that was meant", () => {
  const rows: [string, string][] = [
    ["provder", "provider"],
    ["Weight", "weight"],
    ["wieght", "weight"],
    ["upstream", "upstreams"],
    ["kyes", "keys"],
    ["model", "models"],
    ["deadline", "deadlines"],
  ];
  for (const [given, meant] of rows) assert.equal(nearest(given, MEMBERS), meant);
});

Deno.test("nearest: what is near to nothing finds nothing", () => {
  for (const given of ["", "x", "limits", "x".repeat(5000)]) assert.equal(nearest(given, MEMBERS), undefined);
});
