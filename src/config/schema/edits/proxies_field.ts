import * as z from "zod";
import { secret } from "../fields.ts";

/** Outbound proxies by name; what is wrong with one is said where it is resolved. */
export const proxies = z.record(z.string(), secret()).default({}).describe(
  'Outbound proxies by name: "http://host:port", "https://…" or "socks5://…", with user:password@ where needed; secrets, so "env:NAME" and "file:PATH" too.',
);
