import type { RecordsConfig } from "../../config/telemetry_config.ts";
import type { Log } from "../../core/log.ts";
import type { Notices } from "../../core/notices.ts";
import type { Observer } from "../../core/observe.ts";
import { registryOf } from "../../core/registry.ts";
import type { Runtime } from "../../core/runtime.ts";
import { giveWay } from "../../core/time/system_runtime.ts";
import { Recorder } from "../../recording/recorder.ts";
import type { Redactor } from "../../recording/redact.ts";
import * as sinkModule from "../../recording/sinks/mod.ts";
import type { SinkKind } from "../../recording/sinks/sink.ts";

const sinks = registryOf<SinkKind>(sinkModule);

/** Opens the recorder that the config asks for; undefined when records are switched off. Rejects when they cannot be kept at all. */
export async function openRecorder(
  config: RecordsConfig,
  parts: {
    dataDir: string;
    runtime: Runtime;
    log: Log;
    observer: Observer;
    notices: Notices;
    redactor: Redactor;
  },
): Promise<Recorder | undefined> {
  if (!config.enabled) return undefined;
  const kind = sinks.get(config.to);
  const sink = await kind.open({ ...parts, ...config });
  return new Recorder({
    ...parts,
    sink,
    nextTurn: giveWay,
    training: config.training && kind.keepsTraining,
    onFullDisk: config.onFullDisk,
  });
}
