import type { Observer } from "../../../core/observe.ts";
import type { Recorder } from "../../../recording/recorder.ts";
import type { WriteBehind } from "../../../stores/write_behind.ts";

/** What {@link showStorage} reads. */
export interface StorageGaugeParts {
  /** Undefined: records are switched off. */
  readonly recorder: Pick<Recorder, "waiting" | "failing"> | undefined;
  readonly state: { readonly writer: Pick<WriteBehind, "pendingKeys" | "failing">; readonly kind: string };
}

/** Shows what waits for the disk, and whether it takes it. */
export function showStorage(observer: Observer, { recorder, state }: StorageGaugeParts): void {
  observer.gauge("records_waiting", () => recorder?.waiting ?? 0);
  observer.gauge("records_failing", () => Number(recorder?.failing ?? false));
  observer.gauge("state_changes_waiting", () => state.writer.pendingKeys);
  observer.gauge("state_failing", () => Number(state.writer.failing));
  observer.gauge("state_store_info", () => [{ labels: { store: state.kind }, value: 1 }]);
}
