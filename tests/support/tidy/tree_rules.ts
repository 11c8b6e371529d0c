import type { Sighting } from "./source_facts.ts";

/** A file of the tree, with the module specifiers it imports. */
export interface TreeFile {
  /** Path from the repository's root, with `/`. */
  readonly path: string;
  readonly imports: readonly Sighting[];
}

/** Most files directly in one folder; more want a sub-folder with a name. */
export const MAX_FOLDER_FILES = 12;

/** The same for folders under `tests/`, which list what is promised and are read by name, not walked through. */
export const MAX_TEST_FOLDER_FILES = 24;

/** Ranks of the folders under `src/`: imports go only to a lower one. The source is `docs/design.md` §4. */
export const RANKS: Readonly<Record<string, number>> = {
  core: 0,
  formats: 1,
  stores: 1,
  recording: 1,
  console: 1,
  providers: 2,
  balancing: 2,
  limits: 2,
  tenants: 2,
  upstream: 3,
  config: 4,
  gateway: 5,
  operations: 6,
  server: 7,
  cli: 8,
};
const MAIN_RANK = 9;

/** Folders under `tests/` that do not mirror `src/`. */
const FREE_TEST_FOLDERS = new Set([
  "conformance",
  "integration",
  "simulation",
  "fuzz",
  "bench",
  "fixtures",
  "platform",
  "tools",
]);

/** The path that a relative specifier means, from the repository's root. */
export function resolveImport(from: string, specifier: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** The room a path belongs to: the folder under `src/`, or `main.ts`; undefined for any other path. */
function roomOf(path: string): string | undefined {
  if (path === "main.ts") return path;
  return /^src\/([^/]+)\//.exec(path)?.[1];
}

/** Imports that do not go down the ranks, or leave the source tree. */
export function checkRanks(files: readonly TreeFile[]): string[] {
  const findings: string[] = [];
  for (const file of files) {
    const room = roomOf(file.path);
    if (room === undefined) continue;
    const rank = room === "main.ts" ? MAIN_RANK : RANKS[room];
    if (rank === undefined) {
      findings.push(`${file.path}: folder 'src/${room}' has no rank: docs/design.md §4 names them all`);
      continue;
    }
    for (const { line, text } of file.imports) {
      if (!text.startsWith(".")) continue;
      const target = resolveImport(file.path, text);
      const targetRoom = roomOf(target);
      if (targetRoom === undefined) {
        // Data beside the sources (a JSON file at the root) is no code and has no rank.
        if (/\.tsx?$/.test(target)) findings.push(`${file.path}:${line}: imports ${target}, outside src/`);
      } else if (targetRoom !== room && (RANKS[targetRoom] ?? MAIN_RANK) >= rank) {
        findings.push(
          `${file.path}:${line}: ${room} (rank ${rank}) may not import ${targetRoom}: imports go down only`,
        );
      }
    }
  }
  return findings;
}

/** Circles of imports, each told once from its first file on; a circle has no file to read first. */
export function checkCircles(files: readonly TreeFile[]): string[] {
  const targets = new Map(
    files.map((file) => [
      file.path,
      file.imports.filter((i) => i.text.startsWith(".")).map((i) => resolveImport(file.path, i.text)),
    ]),
  );
  const findings: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const begin = trail.indexOf(path);
    if (begin >= 0) {
      findings.push(`import circle: ${[...trail.slice(begin), path].join(" → ")}`);
      return;
    }
    if (done.has(path)) return;
    for (const target of targets.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of [...targets.keys()].sort()) visit(path, []);
  return findings;
}

/** Source files that the program does not reach from `entry`: dead, or not yet wired up. */
export function checkDead(files: readonly TreeFile[], entry = "main.ts"): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const reached = new Set<string>();
  const open = [entry];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    for (const { text } of byPath.get(path)?.imports ?? []) {
      if (text.startsWith(".")) open.push(resolveImport(path, text));
    }
  }
  return files.filter((file) => file.path.startsWith("src/") && !reached.has(file.path))
    .map((file) => `${file.path}: nothing that ${entry} reaches imports it`);
}

/** File and folder names that are not `snake_case`, or use a banned word as the whole name. */
export function checkNames(paths: readonly string[]): string[] {
  const findings: string[] = [];
  for (const path of paths) {
    if (path.includes("/fixtures/")) continue;
    for (const part of path.split("/")) {
      const name = part.replace(/(\.gen)?\.[a-z]+$/, "");
      if (!/^[a-z0-9]+(_[a-z0-9]+)*$/.test(name)) findings.push(`${path}: '${part}' is not snake_case`);
      if (/^(channels?|managers?|helpers?|utils?|commons?|services?|blacklist|misc)$/.test(name)) {
        findings.push(`${path}: '${part}' names nothing: say what is in it`);
      }
    }
  }
  return findings;
}

/** Folders with more than {@link MAX_FOLDER_FILES} ({@link MAX_TEST_FOLDER_FILES} under `tests/`) files directly in them. */
export function checkFolders(paths: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const path of paths) {
    const folder = path.slice(0, path.lastIndexOf("/") + 1);
    if (folder !== "" && !folder.includes("/fixtures/")) counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  const most = (folder: string) => folder.startsWith("tests/") ? MAX_TEST_FOLDER_FILES : MAX_FOLDER_FILES;
  return [...counts].filter(([folder, count]) => count > most(folder))
    .map(([folder, count]) => `${folder}: ${count} files, at most ${most(folder)}: make a sub-folder`);
}

/** Test files that mirror no source: `tests/a/b_test.ts` belongs to `src/a/b.ts` or to the folder `src/a/b/`. */
export function checkTwins(paths: readonly string[]): string[] {
  const known = new Set(paths);
  const folders = new Set(paths.map((path) => path.slice(0, path.lastIndexOf("/"))));
  const findings: string[] = [];
  for (const path of paths) {
    const match = /^tests\/(?:(.+)\/)?([^/]+)_test\.ts$/.exec(path);
    const folder = match?.[1];
    if (match === null || folder === undefined || FREE_TEST_FOLDERS.has(folder.split("/")[0] ?? "")) continue;
    const twin = /^support(\/|$)/.test(folder) ? `tests/${folder}/${match[2]}` : `src/${folder}/${match[2]}`;
    if (known.has(`${twin}.ts`) || known.has(`${twin}.tsx`) || folders.has(twin)) continue;
    findings.push(`${path}: tests nothing by that name: expected ${twin}.ts`);
  }
  return findings;
}
