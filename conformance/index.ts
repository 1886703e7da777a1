export { type BackendFixture, backendConformance } from "./backend.js";
export { codecConformance, pipelineConformance } from "./codec.js";
export { type DatasetOptions, datasetConformance } from "./dataset.js";
export { engineConformance } from "./engine.js";
