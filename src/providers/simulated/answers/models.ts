import { jsonAnswer, type SimulatedAnswer, type SimulatedRequest } from "../answer.ts";
import { SIMULATED_MODELS } from "../simulated_models.ts";
import { VendorRefusal } from "../vendor_refusal.ts";

/** `GET /v1/models`. */
export function modelList(request: SimulatedRequest): SimulatedAnswer {
  return jsonAnswer({ object: "list", data: SIMULATED_MODELS.map((id) => modelOf(request, id)) });
}

/** `GET /v1/models/{id}`; 404 for a name that is not listed, though any name is answered when asked. */
export function modelFacts(request: SimulatedRequest): SimulatedAnswer {
  const id = SIMULATED_MODELS.find((model) => request.path === `/v1/models/${model}`);
  if (id === undefined) throw new VendorRefusal(404, "The model does not exist", { param: "model" });
  return jsonAnswer(modelOf(request, id));
}

function modelOf(request: SimulatedRequest, id: string): object {
  return { id, object: "model", created: request.createdSeconds, owned_by: `simulated-${request.vendor}` };
}
