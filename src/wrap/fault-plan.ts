import type { ErrorCode } from "../errors.js";
import { StoreError } from "../errors.js";
import { type OptionNames, refuseUnknown } from "../unknown-options.js";
import type { Operation } from "./counts.js";

/** What goes wrong with one call. */
export interface Fault {
	/** Milliseconds before the call begins. */
	readonly latency?: number | undefined;
	/** The call fails with this code, and is not carried out. */
	readonly error?: ErrorCode | undefined;
	/** Milliseconds that the error asks the caller to wait. */
	readonly retryAfter?: number | undefined;
	/** The call is carried out, then fails with UNAVAILABLE. A listing breaks off on its way. */
	readonly lost?: boolean | undefined;
	/** One bit of what `get` brings is wrong. */
	readonly corrupt?: boolean | undefined;
	/** Milliseconds between the call and its answer; `Infinity`: there is none, until the call is cancelled. */
	readonly slow?: number | undefined;
}

/** How often what goes wrong. Rates lie between 0 and 1. */
export interface FaultRates {
	/** Milliseconds before every call, or between which two a random number of them. Default 0. */
	readonly latency?: number | readonly [least: number, most: number] | undefined;
	/** Calls that fail without being carried out. */
	readonly errorRate?: number | undefined;
	/** With what code. Default UNAVAILABLE. */
	readonly error?: ErrorCode | undefined;
	/** Milliseconds that these errors ask the caller to wait. */
	readonly retryAfter?: number | undefined;
	/** Calls that are carried out and fail with UNAVAILABLE. */
	readonly lostRate?: number | undefined;
	/** Calls of `get` that bring a wrong bit. */
	readonly corruptRate?: number | undefined;
	/** Calls whose answer is late. */
	readonly slowRate?: number | undefined;
	/** By how many milliseconds. Default `Infinity`: there is no answer until the call is cancelled. */
	readonly slow?: number | undefined;
}

export interface FaultPlan extends FaultRates {
	/** Of the random numbers: the same calls in the same order meet the same faults. Default 1. */
	readonly seed?: number | undefined;
	/** What holds for some operations instead of what holds for all. */
	readonly only?: { readonly [operation in Operation]?: FaultRates } | undefined;
}

export const FAULT: OptionNames<Fault> = {
	latency: true,
	error: true,
	retryAfter: true,
	lost: true,
	corrupt: true,
	slow: true,
};
const RATES: OptionNames<FaultRates> = {
	latency: true,
	errorRate: true,
	error: true,
	retryAfter: true,
	lostRate: true,
	corruptRate: true,
	slowRate: true,
	slow: true,
};
const PLAN: OptionNames<FaultPlan> = { seed: true, only: true, ...RATES };
const OPERATIONS: OptionNames<Record<Operation, unknown>> = {
	get: true,
	head: true,
	put: true,
	commit: true,
	delete: true,
	list: true,
	probe: true,
};

/** @throws StoreError INVALID_ARGUMENT */
export function checkPlan(plan: FaultPlan): void {
	refuseUnknown(plan, PLAN, "fault");
	const { only = {} } = plan;
	refuseUnknown(only, OPERATIONS, "fault.only");
	for (const rates of Object.values(only)) refuseUnknown(rates, RATES, "fault.only");
	for (const { errorRate = 0, lostRate = 0, corruptRate = 0, slowRate = 0 } of [plan, ...Object.values(only)])
		for (const rate of [errorRate, lostRate, corruptRate, slowRate])
			if (!(rate >= 0 && rate <= 1))
				throw new StoreError("INVALID_ARGUMENT", `a rate lies between 0 and 1, not at ${String(rate)}`);
}

/** Draws what goes wrong with the next call. */
export function draw({ latency = 0, ...rates }: FaultRates, random: () => number): Fault {
	const [least, most] = typeof latency === "number" ? [latency, latency] : latency;
	const happens = (rate = 0): boolean => rate > 0 && random() < rate;
	return {
		latency: least === most ? least : least + random() * (most - least),
		...(happens(rates.errorRate) ? { error: rates.error ?? "UNAVAILABLE", retryAfter: rates.retryAfter } : {}),
		lost: happens(rates.lostRate),
		corrupt: happens(rates.corruptRate),
		...(happens(rates.slowRate) ? { slow: rates.slow ?? Number.POSITIVE_INFINITY } : {}),
	};
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32 by Tommy Ettinger). */
export function randomNumbers(seed: number): () => number {
	let state = seed | 0;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let t = Math.imul(state ^ (state >>> 15), 1 | state);
		t ^= t + Math.imul(t ^ (t >>> 7), 61 | t);
		return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
	};
}
