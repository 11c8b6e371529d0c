import type { BenchOrder, Measurement } from "../order.ts";
import type { Section } from "../report/section.ts";
import { measureBigPool } from "./big_pool.ts";
import { measureBodies } from "./bodies.ts";
import { measureChunks } from "./chunks.ts";
import { measureLatency } from "./latency.ts";
import { measureManyStreams } from "./many_streams.ts";
import { measureMicro } from "./micro.ts";
import type { BenchRoom } from "./room.ts";
import { measureSoak } from "./soak.ts";
import { measureStart } from "./start.ts";
import { measureThroughput } from "./throughput.ts";

/** Takes one measurement. */
export function measure(name: Measurement, room: BenchRoom, { soakMs }: BenchOrder): Promise<Section> {
  switch (name) {
    case "start":
      return measureStart(room);
    case "throughput":
      return measureThroughput(room);
    case "chunks":
      return measureChunks(room);
    case "latency":
      return measureLatency(room);
    case "many-streams":
      return measureManyStreams(room);
    case "bodies":
      return measureBodies(room);
    case "big-pool":
      return measureBigPool(room);
    case "micro":
      return measureMicro(room);
    case "soak":
      return measureSoak(room, soakMs);
  }
}
