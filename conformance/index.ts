export { type BackendFixture, backendConformance } from "./backend.js";
export { codecConformance, pipelineConformance } from "./codec.js";
