/** Connections to Redis: opened, judged, and told of without their passwords. */
import type { Redis } from "ioredis";
import { StoreError } from "../../src/errors.js";
import type { Logger } from "../../src/log.js";
import type { QueuePlace } from "./options.js";
import { loadRedis } from "./packages.js";

const CONNECT_TIMEOUT = 5000;
/** Between two attempts to reach a Redis that was there (ms). */
const LONGEST_PAUSE = 500;
const OLDEST = [6, 2] as const;

/**
 * Connects, and looks whether the server will do. What is lost later is connected again, for as long as nobody calls `disconnect`.
 * @throws StoreError UNAVAILABLE where there is none, FORBIDDEN for a wrong password, UNSUPPORTED where it is too old
 */
export async function openRedis(place: QueuePlace, log: Logger): Promise<Redis> {
	const { Redis } = await loadRedis();
	let isOpen = false;
	let failure: unknown;
	const redis = new Redis(place.url, {
		lazyConnect: true,
		connectTimeout: CONNECT_TIMEOUT,
		connectionName: "tesserae",
		// As every version speaks, so that an old one can say that it is.
		protocol: 2,
		// Commands wait while the server is away; how long, whoever sends them decides.
		maxRetriesPerRequest: null,
		retryStrategy: (attempt) => (isOpen ? Math.min(LONGEST_PAUSE, 20 * 2 ** Math.min(attempt, 8)) : null),
	});
	redis.on("error", (error) => {
		failure = error;
	});
	try {
		await redis.connect();
		judge(await redis.info(), place, log);
		isOpen = true;
		return redis;
	} catch (error) {
		redis.disconnect();
		throw error instanceof StoreError ? error : failureOf(failure ?? error, place);
	}
}

/** What a failure of Redis is to callers. */
export function failureOf(error: unknown, { shown }: Pick<QueuePlace, "shown">): StoreError {
	const message = error instanceof Error ? error.message : String(error);
	if (/NOAUTH|WRONGPASS|NOPERM|invalid (?:username|password)/i.test(message))
		return new StoreError(
			"FORBIDDEN",
			`the Redis at ${shown} refuses who is asking: put user and password into its URL, as redis://USER:PASSWORD@HOST:PORT`,
		);
	return new StoreError("UNAVAILABLE", `the Redis at ${shown} cannot be reached: ${message}`, { cause: error });
}

function judge(info: string, { shown }: QueuePlace, log: Logger): void {
	const told = new Map(info.split(/\r?\n/).map((line) => line.split(/:(.*)/s) as [string, string]));
	const version = told.get("valkey_version") ?? told.get("redis_version") ?? "";
	const [major = 0, minor = 0] = version.split(".").map(Number);
	if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
		throw new StoreError(
			"UNSUPPORTED",
			`the Redis at ${shown} is version ${version || "unknown"}: the engine distributed needs Redis ${OLDEST.join(".")} or later, or Valkey`,
		);
	const policy = told.get("maxmemory_policy");
	if (policy !== undefined && policy !== "noeviction")
		log.warn(
			`the Redis at ${shown} may drop what is queued (maxmemory-policy ${policy}): set maxmemory-policy to noeviction`,
		);
}
