/** Byte strings on a stream: each behind its length, 4 bytes in network order. */
import { StoreError } from "../../src/errors.js";

/** Bytes of the longest: more than that is no message. */
export const LONGEST_FRAME: number = 2 ** 31 - 1;
const HEADER = 4;

/** @throws StoreError TOO_LARGE */
export function frameOf(payload: Uint8Array): Buffer {
	if (payload.length > LONGEST_FRAME)
		throw new StoreError(
			"TOO_LARGE",
			`${payload.length} bytes are more than ranks can tell one another at once: keep them in a dataset`,
		);
	const frame = Buffer.allocUnsafeSlow(HEADER + payload.length);
	frame.writeUInt32BE(payload.length, 0);
	frame.set(payload, HEADER);
	return frame;
}

/** Takes a stream apart again. */
export class FrameReader {
	/** Bytes that a frame may have: few for those who have not shown yet who they are. */
	longest: number;
	readonly #take: (payload: Buffer) => void;
	readonly #header: Buffer = Buffer.alloc(HEADER);
	#payload: Buffer | undefined;
	/** Bytes that are there of the header, or of the payload. */
	#filled = 0;

	constructor(longest: number, take: (payload: Buffer) => void) {
		this.longest = longest;
		this.#take = take;
	}

	/** @throws StoreError CORRUPT where a frame is too long */
	push(bytes: Buffer): void {
		for (let at = 0; at < bytes.length; ) {
			const target = this.#payload ?? this.#header;
			const count = bytes.copy(target, this.#filled, at);
			at += count;
			this.#filled += count;
			if (this.#filled === target.length) this.#complete();
		}
	}

	#complete(): void {
		this.#filled = 0;
		if (this.#payload === undefined) {
			const length = this.#header.readUInt32BE(0);
			if (length > this.longest)
				throw new StoreError("CORRUPT", `a message of ${length} bytes came where at most ${this.longest} are expected`);
			// Memory of its own: arrays that are made of it may keep it.
			this.#payload = Buffer.allocUnsafeSlow(length);
			if (length > 0) return;
		}
		const payload = this.#payload;
		this.#payload = undefined;
		this.#take(payload);
	}
}
