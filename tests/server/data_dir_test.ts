import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { DataDirError, openDataDir } from "../../src/server/data_dir.ts";
import { fakeRuntime } from "../support/fake_runtime.ts";

async function inTemporaryDir(run: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempDir();
  try {
    await run(path);
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}

Deno.test("the data directory is made private, with a tenant key that stays the same", async () => {
  await inTemporaryDir(async (parent) => {
    const path = join(parent, "data");
    const first = await openDataDir(path, fakeRuntime());
    assert.equal(first.isNewTenantKey, true);
    assert.match(first.tenantKey.reveal(), /^sk-tg-[a-z2-7]{32}$/);
    const key = first.tenantKey.reveal();
    first[Symbol.dispose]();
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o700);
    for (const file of ["tenant.key", "instance.key", "lock"]) {
      assert.equal((await Deno.stat(join(path, file))).mode! & 0o777, 0o600, file);
    }
    using again = await openDataDir(path, fakeRuntime({ seed: 99 }));
    assert.equal(again.isNewTenantKey, false);
    assert.equal(again.tenantKey.reveal(), key);
  });
});

Deno.test("a second process on the same directory is refused in one clear line", async () => {
  await inTemporaryDir(async (path) => {
    using _first = await openDataDir(path, fakeRuntime());
    await assert.rejects(() => openDataDir(path, fakeRuntime()), (error: Error) => {
      assert.ok(error instanceof DataDirError);
      assert.match(error.message, /Another Tidegate process/);
      assert.equal(error.message.includes("\n"), false);
      return true;
    });
  });
});

Deno.test("a data directory that cannot be made says so and what to do", async () => {
  await inTemporaryDir(async (path) => {
    await Deno.writeTextFile(join(path, "file"), "");
    await assert.rejects(() => openDataDir(join(path, "file", "data"), fakeRuntime()), /--data-dir/);
  });
});

Deno.test("a key file of a few characters is refused, not used: it would be guessed", async () => {
  await inTemporaryDir(async (path) => {
    await Deno.writeTextFile(join(path, "tenant.key"), "short\n");
    await assert.rejects(() => openDataDir(path, fakeRuntime()), DataDirError);
    using _free = await Deno.open(join(path, "lock"));
  });
});

Deno.test("an empty key file, as a kill leaves it, is filled and made private, whatever its mode was", async () => {
  await inTemporaryDir(async (path) => {
    await Deno.writeTextFile(join(path, "tenant.key"), "", { mode: 0o644 });
    using made = await openDataDir(path, fakeRuntime());
    assert.equal(made.isNewTenantKey, true);
    assert.equal((await Deno.stat(made.tenantKeyPath)).mode! & 0o777, 0o600);
    assert.equal((await Deno.readTextFile(made.tenantKeyPath)).trim(), made.tenantKey.reveal());
  });
});

Deno.test("a directory that was named relatively is known by its whole path", async () => {
  await inTemporaryDir(async (path) => {
    using opened = await openDataDir(relative(Deno.cwd(), path), fakeRuntime());
    assert.equal(opened.path, path);
    assert.equal(opened.tenantKeyPath, join(path, "tenant.key"));
  });
});
