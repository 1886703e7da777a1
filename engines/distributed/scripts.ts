/** Steps that Redis takes at once, each a script. Times are milliseconds. */
import type { Redis } from "ioredis";
import type { Keys } from "./keys.js";
import { type BatchData, type News, pack } from "./wire.js";

/** Callers that gave no sign of life for so long are taken for dead: their calls are dropped, and what they kept expires. */
const CALL_TTL = 10_000;
/** Sets of ids outlive the last call or worker by this. */
const SET_TTL = 60_000;
/** How a call ended is told for so long. */
const OUTCOME_TTL = 60_000;

export type CallState = "open" | "cancelled" | "done" | "failed";

/** The fields of a call. */
export interface CallFields {
	readonly operation: string;
	readonly dataset: string;
	readonly store: string;
	readonly host: string;
	readonly pid: number;
	readonly version: string;
	/** When it began, by the caller's clock (ms since 1970). */
	readonly since: number;
	readonly total: number;
	/** Whose inbox is told of it. */
	readonly caller: string;
}

export interface Step {
	readonly redis: Redis;
	readonly keys: Keys;
}

export async function publishCall(
	{ redis, keys }: Step,
	id: string,
	{ fields, reference }: { readonly fields: CallFields; readonly reference: Buffer },
): Promise<void> {
	const flat = Object.entries({ state: "open", done: 0, retries: 0, ...fields }).flat();
	await redis
		.multi()
		.hset(keys.call(id), ...flat)
		.pexpire(keys.call(id), CALL_TTL)
		.set(keys.reference(id), reference, "PX", CALL_TTL)
		.sadd(keys.calls, id)
		.pexpire(keys.calls, SET_TTL)
		.exec();
}

const TOUCH = `
local state = redis.call('HGET', KEYS[1], 'state')
if not state or redis.call('EXISTS', KEYS[2]) == 0 then return 'gone' end
redis.call('HSET', KEYS[1], 'done', ARGV[2], 'retries', ARGV[3])
for i = 1, 4 do redis.call('PEXPIRE', KEYS[i], ARGV[1]) end
redis.call('PEXPIRE', KEYS[5], ARGV[4])
return state`;

/** The caller lives, and has come so far. What became of the call meanwhile; `gone` where Redis does not know it any more. */
export async function touchCall(
	{ redis, keys }: Step,
	id: string,
	far: { readonly done: number; readonly retries: number; readonly caller: string },
): Promise<CallState | "gone"> {
	const names = [keys.call(id), keys.reference(id), keys.batches(id), keys.inbox(far.caller), keys.calls];
	return (await redis.eval(TOUCH, names.length, ...names, CALL_TTL, far.done, far.retries, SET_TTL)) as CallState;
}

const CANCEL = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 'gone' end
local state = redis.call('HGET', KEYS[1], 'state')
if state ~= 'open' then return state end
redis.call('HSET', KEYS[1], 'state', 'cancelled', 'error', ARGV[2])
redis.call('PUBLISH', ARGV[3], ARGV[1])
return 'open'`;

/** Begins no more batches of the call, and tells those who work on some. Answers with the state before. */
export async function cancelCall({ redis, keys }: Step, id: string, why: string): Promise<CallState | "gone"> {
	return (await redis.eval(CANCEL, 1, keys.call(id), id, why, keys.channel)) as CallState;
}

/** Numbers of the batches that workers have. */
export async function batchesAtWork({ redis, keys }: Step, id: string): Promise<number[]> {
	return (await redis.hkeys(keys.batches(id))).map(Number).filter((batch) => !Number.isNaN(batch));
}

/** The call is over: nothing but how it ended is kept, and that not for long. */
export async function finishCall(
	{ redis, keys }: Step,
	id: string,
	outcome: { readonly state: CallState; readonly error: string; readonly done: number },
): Promise<void> {
	await redis
		.multi()
		.hset(keys.call(id), "state", outcome.state, "error", outcome.error, "done", outcome.done)
		.pexpire(keys.call(id), OUTCOME_TTL)
		.del(keys.reference(id), keys.batches(id))
		.publish(keys.channel, id)
		.exec();
}

const BEGIN = `
local state = redis.call('HGET', KEYS[1], 'state')
if not state then return 'gone' end
if state ~= 'open' then return state end
local times = redis.call('HINCRBY', KEYS[2], ARGV[1], 1)
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return times`;

/** A worker takes a batch: how often it has begun, this time included, since it was last given back; or why it is not to be done. */
export async function beginBatch(
	{ redis, keys }: Step,
	{ call, batch }: BatchData,
): Promise<number | CallState | "gone"> {
	const names = [keys.call(call), keys.batches(call)];
	return (await redis.eval(BEGIN, 2, ...names, batch, CALL_TTL)) as number | CallState;
}

/** Waiting batches that are looked at, from the next one on. */
const LOOK = 256;

/** The lock says that nobody else has the one, and the list that nobody has the other. */
const EXCHANGE = `
local own = KEYS[2]
if redis.call('GET', own .. ':lock') ~= ARGV[1] then return false end
local ids = redis.call('LRANGE', KEYS[1], -ARGV[2], -1)
for i = #ids, 1, -1 do
	local job = ARGV[3] .. ids[i]
	local data = redis.call('HGET', job, 'data')
	for wanted = 4, #ARGV do
		if data and string.sub(data, 1, #ARGV[wanted]) == ARGV[wanted] then
			redis.call('HSET', job, 'data', redis.call('HGET', own, 'data'))
			redis.call('HSET', own, 'data', data)
			return data
		end
	end
end
return false`;

interface Exchange {
	/** Of the keys of BullMQ. */
	readonly prefix: string;
	/** The batch that a worker has, by BullMQ's name, and the lock on it. */
	readonly id: string;
	readonly token: string;
	readonly call: string;
	/** Wanted instead. */
	readonly runs: readonly number[];
}

/** Exchanges what a worker has to do, before it begins, for what waits of other runs; undefined where nothing of them does. */
export async function exchangeBatch(
	{ redis }: Step,
	{ prefix, id, token, call, runs }: Exchange,
): Promise<BatchData | undefined> {
	const names = [`${prefix}wait`, `${prefix}${id}`];
	const wanted = runs.map((run) => JSON.stringify({ call, run }).replace("}", ","));
	const data = await redis.eval(EXCHANGE, 2, ...names, token, LOOK, prefix, ...wanted);
	return typeof data === "string" ? (JSON.parse(data) as BatchData) : undefined;
}

/** A worker gives a batch back as if it had never had it. */
export async function giveBackBatch({ redis, keys }: Step, { call, batch }: BatchData): Promise<void> {
	await redis.hdel(keys.batches(call), String(batch));
}

/** A batch has ended the thread that it ran on. How often so far. */
export async function noteLostThread({ redis, keys }: Step, { call, batch }: BatchData): Promise<number> {
	return redis.hincrby(keys.batches(call), `threads of ${batch}`, 1);
}

const TELL = `
if redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
redis.call('XADD', KEYS[1], '*', 'n', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
if ARGV[3] ~= '' then redis.call('HDEL', KEYS[3], ARGV[3]) end
return 1`;

/** Tells the caller, if it still waits. */
export async function tellCaller({ redis, keys }: Step, caller: string, news: News): Promise<void> {
	const isOver = "failed" in news || ("results" in news && news.ended !== undefined);
	const names = [keys.inbox(caller), keys.call(news.call), keys.batches(news.call)];
	await redis.eval(TELL, 3, ...names, pack(news), CALL_TTL, isOver ? String(news.batch) : "");
}
