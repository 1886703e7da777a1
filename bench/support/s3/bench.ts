import type { Bench } from "../bench.js";
import type { Gateway } from "./gateway.js";

/** What a row over a gateway has at hand. */
export interface GatewayBench extends Bench {
	readonly gateway: Gateway;
}

export type GatewayGroup = { readonly [name: string]: (bench: GatewayBench) => Promise<void> };
