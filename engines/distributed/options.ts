import { fileURLToPath } from "node:url";
import { StoreError } from "../../src/errors.js";
import { type OptionNames, refuseUnknown } from "../../src/unknown-options.js";

/** Where a queue is. */
export interface QueueOptions {
	/** `redis://HOST:PORT`, or `rediss://` for TLS, with user and password as it needs them. Default: what `TESSERAE_REDIS` says. */
	readonly redis?: string | URL | undefined;
	/** Name of the queue that callers and workers meet at. Default: what `TESSERAE_QUEUE` says, else `tesserae`. */
	readonly queue?: string | undefined;
}

export interface DistributedOptions extends QueueOptions {
	/** Directory that workers have too, as their `--kernels`: modules of kernels travel as their path below it. Default: that of each module. */
	readonly kernels?: string | URL | undefined;
	/** Milliseconds that Redis may be away before calls end with UNAVAILABLE. Default 30 000. */
	readonly patience?: number | undefined;
}

/** Checked, with defaults. */
export interface QueuePlace {
	/** May hold a password: it is never told. */
	readonly url: string;
	/** The same without user and password, for messages. */
	readonly shown: string;
	readonly queue: string;
}

export interface Settings extends QueuePlace {
	readonly kernels: string | undefined;
	readonly patience: number;
}

const DISTRIBUTED: OptionNames<DistributedOptions> = { redis: true, queue: true, kernels: true, patience: true };
const DEFAULT_PATIENCE = 30_000;

/** @throws StoreError INVALID_ARGUMENT naming the option */
export function checkOptions(options: DistributedOptions): Settings {
	refuseUnknown(options, DISTRIBUTED, "distributed");
	const { kernels, patience = DEFAULT_PATIENCE } = options;
	if (!Number.isFinite(patience) || patience < 0)
		throw invalid(`patience is a number of milliseconds ≥ 0, not ${String(patience)}`);
	return { ...placeOfQueue(options), patience, kernels: kernels === undefined ? undefined : pathOf(kernels) };
}

/** @throws StoreError INVALID_ARGUMENT naming the option */
export function placeOfQueue({ redis, queue }: QueueOptions): QueuePlace {
	const url = redis ?? (process.env.TESSERAE_REDIS?.trim() || undefined);
	if (url === undefined)
		throw invalid(
			'the engine distributed needs a Redis: distributed({ redis: "redis://HOST:6379" }), or TESSERAE_REDIS in the environment',
		);
	const name = queue ?? (process.env.TESSERAE_QUEUE?.trim() || "tesserae");
	if (typeof name !== "string" || !/^[\w.-]{1,64}$/.test(name))
		throw invalid(`queue is a name of up to 64 letters, digits, ".", "-" and "_", not ${JSON.stringify(name)}`);
	return { url: String(url), shown: shownUrl(url), queue: name };
}

function shownUrl(url: string | URL): string {
	const parsed = URL.canParse(String(url)) ? new URL(url) : undefined;
	// What cannot be read may be anything, a password among it.
	if (parsed === undefined || !/^rediss?:$/.test(parsed.protocol) || parsed.hostname === "")
		throw invalid("redis is a URL such as redis://HOST:6379 or rediss://USER:PASSWORD@HOST:6380/0");
	return `${parsed.protocol}//${parsed.host}${parsed.pathname.replace(/^\/$/, "")}`;
}

export function pathOf(path: string | URL): string {
	if (path instanceof URL || path.startsWith("file:")) return fileURLToPath(path);
	return path;
}

function invalid(message: string): StoreError {
	return new StoreError("INVALID_ARGUMENT", message);
}
