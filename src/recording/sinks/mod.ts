/**
 * The kinds of sinks: one line registers one.
 * @module
 */
export { hourlyFile } from "./hourly_file.ts";
export { stdout } from "./stdout.ts";
