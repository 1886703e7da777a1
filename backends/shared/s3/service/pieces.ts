import { aborted, StoreError } from "../../../../src/errors.js";

interface Limits {
	readonly key: string;
	/** Bytes that must come; undefined where nobody knows. */
	readonly size: number | undefined;
	/** More than so many cannot be stored. */
	readonly most: number;
	readonly signal: AbortSignal | undefined;
}

/**
 * What a stream gives, copied, since its owner may use the memory again. A stream that is waited for is left where the signal says so.
 * @throws StoreError INVALID_ARGUMENT where it is longer or shorter than was said, TOO_LARGE, ABORTED
 */
export async function* piecesOf(
	body: AsyncIterable<Uint8Array>,
	{ key, size, most, signal }: Limits,
): AsyncGenerator<Buffer> {
	const iterator = body[Symbol.asyncIterator]();
	let bytes = 0;
	let isOver = false;
	try {
		for (;;) {
			const { done, value } = await unlessAborted(iterator.next(), signal);
			isOver = done === true;
			if (done) break;
			bytes += value.byteLength;
			if (size !== undefined && bytes > size) throw wrongSize(key, size, "more");
			if (bytes > most) throw tooLong(key, most);
			if (value.byteLength > 0) yield Buffer.from(value);
		}
		if (size !== undefined && bytes < size) throw wrongSize(key, size, `only ${bytes}`);
	} catch (error) {
		isOver ||= signal?.aborted === true && end(iterator);
		throw error;
	} finally {
		if (!isOver) await iterator.return?.();
	}
}

/** Without waiting: it may never answer. */
function end(iterator: AsyncIterator<Uint8Array>): true {
	void iterator.return?.()?.then(
		() => undefined,
		() => undefined,
	);
	return true;
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
	if (signal === undefined) return work;
	let onAbort = (): void => {};
	const abort = new Promise<never>((_, reject) => {
		onAbort = () => reject(aborted(signal));
		if (signal.aborted) onAbort();
		else signal.addEventListener("abort", onAbort, { once: true });
	});
	try {
		return await Promise.race([work, abort]);
	} finally {
		signal.removeEventListener("abort", onAbort);
		work.catch(() => undefined);
	}
}

function wrongSize(key: string, size: number, came: string): StoreError {
	return new StoreError("INVALID_ARGUMENT", `${JSON.stringify(key)} was to have ${size} bytes, and ${came} came`, {
		key,
	});
}

function tooLong(key: string, most: number): StoreError {
	return new StoreError(
		"TOO_LARGE",
		`${JSON.stringify(key)} has more than ${most} bytes: pass size, or a larger multipart.partSize`,
		{ key },
	);
}
