import assert from "node:assert/strict";
import { EndpointLoad } from "../../../src/balancing/endpoint_load.ts";
import { inFlight } from "../../../src/balancing/loads/in_flight.ts";
import { peakEwma } from "../../../src/balancing/loads/peak_ewma.ts";
import { outcome } from "../fixtures.ts";

Deno.test("the load is the time to the first content times the requests under way and the next one", () => {
  const load = new EndpointLoad();
  load.content(300, 0);
  assert.equal(peakEwma.read(load, 0), 300);
  load.begin();
  load.begin();
  assert.equal(peakEwma.read(load, 0), 900);
  assert.equal(inFlight.read(load, 0), 2);
});

Deno.test("what is slow is tried again in time, since its load decays while it is idle", () => {
  const [fast, slow] = [new EndpointLoad(), new EndpointLoad()];
  slow.content(5_000, 0);
  fast.content(300, 60_000);
  assert.ok(peakEwma.read(slow, 1_000) > 300);
  assert.ok(peakEwma.read(slow, 60_000) < peakEwma.read(fast, 60_000));
});

Deno.test("an endpoint that refuses does not look fast", () => {
  const [good, refusing] = [new EndpointLoad(), new EndpointLoad()];
  good.content(2_000, 0);
  refusing.begin();
  refusing.end(outcome("rate_limited"), 0);
  assert.ok(peakEwma.read(refusing, 0) > peakEwma.read(good, 0));
});

Deno.test("an unknown one is tried, and then waited for", () => {
  const load = new EndpointLoad();
  assert.equal(peakEwma.read(load, 0), 0);
  load.begin();
  load.begin();
  assert.equal(peakEwma.read(load, 0), 2_000);
});
