/** A file open for appending. One call at a time, but for {@link sync}, which may run beside the others. */
export interface AppendFile {
  /** Appends and says how many bytes were taken; a disk that fills up takes fewer before it throws. */
  write(bytes: Uint8Array): Promise<number>;
  /** Cuts the file to `sizeBytes`. */
  truncate(sizeBytes: number): Promise<void>;
  /** Waits until the bytes written before are on the disk itself. One at a time; to be awaited before {@link close}. */
  sync(): Promise<void>;
  close(): void;
}

/** What is known of a path. */
export interface PathFacts {
  /** Equal for two looks at the same file, whatever its name; constant where the platform has no such number. */
  readonly identity: string;
  readonly sizeBytes: number;
  readonly kind: "file" | "symlink" | "other";
}

/** The few file operations that appending needs; a seam, so that a full or broken disk can be tried. */
export interface Disk {
  /** Opens for appending, making the file (0600) and its folder (0700) where missing. Refuses a symbolic link. */
  openAppend(path: string): Promise<AppendFile>;
  /** Facts of the path itself, links not followed; undefined when nothing is there. */
  look(path: string): Promise<PathFacts | undefined>;
}

/** The machine's own disk. */
export const systemDisk: Disk = {
  async openAppend(path) {
    await refuseLink(path);
    await Deno.mkdir(folderOf(path), { recursive: true, mode: 0o700 });
    const file = await Deno.open(path, { append: true, create: true, mode: 0o600 });
    let second: Deno.FsFile;
    try {
      // Looked at again after opening: the name may have become a link between the look and the opening.
      await refuseLink(path);
      // The platform does one thing at a time on a handle, and a sync may take seconds on a busy disk.
      second = await Deno.open(path, { append: true });
    } catch (error) {
      file.close();
      throw error;
    }
    return {
      write: (bytes) => file.write(bytes),
      truncate: (sizeBytes) => file.truncate(sizeBytes),
      sync: () => second.syncData(),
      close() {
        file.close();
        second.close();
      },
    };
  },
  look,
};

async function look(path: string): Promise<PathFacts | undefined> {
  try {
    const facts = await Deno.lstat(path);
    const kind = facts.isSymlink ? "symlink" : facts.isFile ? "file" : "other";
    return { identity: `${facts.dev}:${facts.ino}`, sizeBytes: facts.size, kind };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function refuseLink(path: string): Promise<void> {
  const facts = await look(path);
  if (facts === undefined || facts.kind === "file") return;
  const what = facts.kind === "symlink" ? "a symbolic link" : "no regular file";
  throw new Error(`Cannot write records to ${path}: it is ${what}; move it away and records go on`);
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"), 0)) || ".";
}
