import { readSourceFacts, type SourceFacts } from "./source_facts.ts";

/** Top folders and files that hold our TypeScript. */
const ROOTS = ["main.ts", "src", "tests", "tools"];

/**
 * Reads the facts of every TypeScript file of the project below `rootDir`, in path order. Generated files
 * (`*.gen.ts`) and fixtures are not ours to shape and are left out.
 */
export function readTree(rootDir: URL): SourceFacts[] {
  const paths = ROOTS.flatMap((root) => listFiles(rootDir, root)).sort();
  return paths.map((path) => readSourceFacts(path, Deno.readTextFileSync(new URL(path, rootDir))));
}

function listFiles(rootDir: URL, path: string): string[] {
  const url = new URL(path, rootDir);
  let isDirectory: boolean;
  try {
    isDirectory = Deno.statSync(url).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  if (!isDirectory) return /(?<!\.gen)\.tsx?$/.test(path) ? [path] : [];
  if (path.endsWith("/fixtures")) return [];
  return [...Deno.readDirSync(url)].flatMap((entry) => listFiles(rootDir, `${path}/${entry.name}`));
}
