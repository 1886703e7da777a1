/** Wrappers around stores: each takes a backend and returns one that does something more, so that they can be put around each other. */
export type { Retry } from "./attempts.js";
export { type Counts, type CountsByOperation, LATENCY_BOUNDS, type Operation, type OperationCounts } from "./counts.js";
export { type FaultyBackend, fault } from "./fault.js";
export type { Fault, FaultPlan, FaultRates } from "./fault-plan.js";
export { type LimitOptions, limit } from "./limit.js";
export { type Meter, type MeterOptions, type MeterSnapshot, meter } from "./meter.js";
export { prefix } from "./prefix.js";
export { readOnly } from "./read-only.js";
export { reopen } from "./reopen.js";
export type { ReportOptions } from "./report.js";
export { type RetryOptions, retry } from "./retry.js";
export type { WrapperSpec } from "./spec.js";
export type { Span, Tracer } from "./tracing.js";
