import type { Engine, Limits } from "../engine.js";

/** What an operation runs on: the connection's engine and its limits. */
export interface Runtime {
	readonly engine: Engine;
	readonly limits: Limits;
}
