import type { Capabilities } from "./backend.js";
import type { ReadRanges } from "./codecs/codec.js";
import type { Engine } from "./engine.js";
import { StoreError } from "./errors.js";
import { type Logger, type LogLevel, loggerFor } from "./log.js";
import { type OptionNames, refuseUnknown } from "./unknown-options.js";

/** What every connection takes, whatever its backend. */
export interface CommonOptions {
	/** Where tasks run: a name, or an engine object. Default: that of `use`, at first `sequential`. */
	readonly engine?: string | Engine | undefined;
	/** Threads, processes or hosts of the engine. */
	readonly workers?: number | undefined;
	/** `r` read only, `r+` must exist, `a` (default) is made by the first write. */
	readonly mode?: "r" | "r+" | "a" | undefined;
	/** Requests in flight at once, per call. Default 8, for stores behind a network 32. */
	readonly concurrency?: number | undefined;
	/** The same for the metadata of many nodes, such as a listing; at least `concurrency`. Default 32, or `concurrency` if that is more. */
	readonly metadataConcurrency?: number | undefined;
	/**
	 * Bytes in flight at once over all calls and workers, such as `"512MiB"`: encoded, decoded and produced; results not counted. A call one chunk of which takes
	 * more is refused with OUT_OF_BUDGET. Default 256 MiB, beside which such a chunk is let through alone.
	 */
	readonly memory?: number | string | undefined;
	/**
	 * What is asked for where a part of a shard is read. Parts that lie up to `gap` bytes apart come in one range, with what is between them; a
	 * range of several parts has at most `cap` bytes. Sizes such as `"64KiB"`. Default: the gap takes as long as a request, as reads of this
	 * connection turn out; at first 64 KiB, for http 256 KiB. The cap is 16 MiB.
	 */
	readonly ranges?: RangeOptions | undefined;
	/** `single-writer` vouches that nobody else writes, for stores that cannot compare-and-swap. */
	readonly writeSafety?: "compare-and-swap" | "single-writer" | undefined;
	/** Milliseconds that one call may take. Default: any. */
	readonly timeout?: number | undefined;
	/** Cancels every call of the connection. */
	readonly signal?: AbortSignal | undefined;
	/** Path of the configuration file, or false for none. Default: that of `TESSERAE_CONFIG`, else the first that is found where they belong. */
	readonly config?: string | false | undefined;
	/**
	 * How much is told on the console: `silent`, `error`, `warn`, `info` or `debug`; or an object with such methods, which is told everything. Default:
	 * what `TESSERAE_LOG` says, else the configuration file, else `warn`.
	 */
	readonly log?: LogLevel | Logger | undefined;
	/** What is told of the requests that were made, at the level `info`. */
	readonly meter?: MeterOptions | undefined;
}

export interface MeterOptions {
	/** Operations between two reports; 0 for none. Default: what `TESSERAE_METER_EVERY` says, else the configuration file, else 5000. */
	readonly every?: number | undefined;
}

export interface RangeOptions {
	/** Bytes, or a size. 0 reads nothing that is not wanted, beside small shards and those of which half is. */
	readonly gap?: number | string | undefined;
	readonly cap?: number | string | undefined;
}

/** Options of `connect`: those of every connection, and those of the backend. */
export interface ConnectOptions extends CommonOptions {
	readonly [backendOption: string]: unknown;
}

/** Checked, with defaults. */
export interface Settings {
	readonly engine: string | Engine | undefined;
	readonly workers: number | undefined;
	readonly mode: "r" | "r+" | "a";
	readonly concurrency: number | undefined;
	readonly metadataConcurrency: number | undefined;
	readonly memory: number;
	/** The user asked for it, so nothing larger is done. */
	readonly isMemoryStrict: boolean;
	readonly ranges: Partial<ReadRanges>;
	readonly singleWriter: boolean;
	readonly timeout: number | undefined;
	readonly signal: AbortSignal | undefined;
	readonly log: Logger;
	/** Tells what was asked of the store after so many operations; 0 for never. */
	readonly report: { readonly every: number; readonly log: Logger };
	/** What is left for the backend. */
	readonly backendOptions: { readonly [name: string]: unknown };
}

/** Over a network requests wait, and hardly work. */
const DEFAULT_CONCURRENCY = { near: 8, remote: 32 };
const DEFAULT_METADATA_CONCURRENCY = 32;
const DEFAULT_MEMORY = 256 * 2 ** 20;

/** As often as the Petrel OSS SDK. */
const DEFAULT_REPORT_EVERY = 5000;

/** What holds where neither `connect` nor the environment says otherwise. */
export interface Configured {
	readonly level: LogLevel | undefined;
	readonly meterEvery: number | undefined;
}

/** @throws StoreError INVALID_ARGUMENT naming the option */
export function parseOptions(options: ConnectOptions, configured?: Configured): Settings {
	const {
		engine,
		workers,
		mode = "a",
		concurrency,
		metadataConcurrency,
		memory,
		ranges,
		writeSafety,
		timeout,
		signal,
		config: _,
		log,
		meter,
		...backendOptions
	} = options;
	oneOf("mode", mode, ["r", "r+", "a"]);
	if (writeSafety !== undefined) oneOf("writeSafety", writeSafety, ["compare-and-swap", "single-writer"]);
	return {
		engine,
		workers: atLeastOne("workers", workers),
		mode,
		concurrency: atLeastOne("concurrency", concurrency),
		metadataConcurrency: atLeastOne("metadataConcurrency", metadataConcurrency),
		memory: memory === undefined ? DEFAULT_MEMORY : parseBytes(memory, "memory"),
		isMemoryStrict: memory !== undefined,
		ranges: parseRanges(ranges),
		singleWriter: writeSafety === "single-writer",
		timeout: atLeastOne("timeout", timeout),
		signal,
		...whatIsTold(log, meter, configured),
		backendOptions,
	};
}

/** How many requests may be in flight at once. */
export interface Concurrency {
	readonly concurrency: number;
	readonly metadataConcurrency: number;
}

/**
 * What was asked for, with what is usual for such a store.
 * @throws StoreError INVALID_ARGUMENT
 */
export function concurrencyFor(given: Settings, { remote = false }: Pick<Capabilities, "remote">): Concurrency {
	const concurrency = given.concurrency ?? DEFAULT_CONCURRENCY[remote ? "remote" : "near"];
	const metadataConcurrency = given.metadataConcurrency ?? Math.max(concurrency, DEFAULT_METADATA_CONCURRENCY);
	if (metadataConcurrency >= concurrency) return { concurrency, metadataConcurrency };
	throw invalid(`metadataConcurrency (${metadataConcurrency}) must be at least concurrency (${concurrency})`);
}

const RANGES: OptionNames<RangeOptions> = { gap: true, cap: true };

function parseRanges(ranges: RangeOptions | undefined): Partial<ReadRanges> {
	if (ranges === undefined) return {};
	refuseUnknown(ranges, RANGES, "ranges");
	const { gap, cap } = ranges;
	return {
		...(gap === undefined ? {} : { gap: /^\s*0\s*[a-z]*\s*$/i.test(String(gap)) ? 0 : parseBytes(gap, "ranges.gap") }),
		...(cap === undefined ? {} : { cap: parseBytes(cap, "ranges.cap") }),
	};
}

function whatIsTold(
	log: ConnectOptions["log"],
	meter: MeterOptions | undefined,
	configured: Configured | undefined,
): Pick<Settings, "log" | "report"> {
	const logger = loggerFor(log, configured?.level);
	return { log: logger, report: { every: reportEvery(meter, configured?.meterEvery), log: logger } };
}

const METER: OptionNames<MeterOptions> = { every: true };

function reportEvery(meter: MeterOptions | undefined, configured: number | undefined): number {
	if (meter !== undefined) refuseUnknown(meter, METER, "meter");
	const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
	if (meter?.every !== undefined) {
		if (isCount(meter.every)) return meter.every;
		throw invalid(`meter.every is a whole number ≥ 0, not ${String(meter.every)}`);
	}
	const asked = globalThis.process?.env?.TESSERAE_METER_EVERY?.trim() || undefined;
	if (asked === undefined) return configured ?? DEFAULT_REPORT_EVERY;
	if (/^\d+$/.test(asked) && isCount(Number(asked))) return Number(asked);
	throw invalid(`TESSERAE_METER_EVERY is a whole number ≥ 0, not ${JSON.stringify(asked)}`);
}

function oneOf(name: string, value: unknown, allowed: readonly string[]): void {
	if (!allowed.includes(value as string))
		throw invalid(`${name} is ${allowed.map((word) => `"${word}"`).join(" or ")}, not ${JSON.stringify(value)}`);
}

function atLeastOne(name: string, value: number | undefined): number | undefined {
	if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) return value;
	throw invalid(`${name} is a whole number ≥ 1, not ${String(value)}`);
}

const UNITS: { readonly [unit: string]: number } = {
	"": 1,
	B: 1,
	KB: 1e3,
	MB: 1e6,
	GB: 1e9,
	TB: 1e12,
	KIB: 2 ** 10,
	MIB: 2 ** 20,
	GIB: 2 ** 30,
	TIB: 2 ** 40,
};

/**
 * `"512MiB"` → 536870912.
 * @throws StoreError INVALID_ARGUMENT naming `what` it is the size of
 */
export function parseBytes(size: number | string, what: string): number {
	const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(String(size));
	const unit = match === null ? undefined : UNITS[(match[2] as string).toUpperCase()];
	const bytes = unit === undefined ? Number.NaN : Math.floor(Number(match?.[1]) * unit);
	if (bytes >= 1) return bytes;
	throw invalid(`${what} is a number of bytes or a size such as "512MiB", not ${JSON.stringify(size)}`);
}

function invalid(message: string): StoreError {
	return new StoreError("INVALID_ARGUMENT", message);
}
