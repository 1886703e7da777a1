import type { Socket } from "node:net";
import { FrameReader, frameOf, LONGEST_FRAME } from "./frames.js";

/** Bytes of the longest frame before both ends have shown who they are. */
const LONGEST_BEFORE = 4096;
/** Silence after which the system looks whether the other host is still there (ms). */
const KEEP_ALIVE = 5000;

/** A connection between two ranks that carries frames. It never keeps the process alive by itself. */
export class Line {
	readonly #socket: Socket;
	readonly #reader: FrameReader;
	readonly #frames: Buffer[] = [];
	#take: ((frame: Buffer) => void) | undefined;
	#onClosed: (() => void)[] = [];
	#isClosed = false;

	constructor(socket: Socket) {
		this.#socket = socket;
		this.#reader = new FrameReader(LONGEST_BEFORE, (frame) => {
			if (this.#take === undefined) this.#frames.push(frame);
			else this.#take(frame);
		});
		socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE).unref();
		socket.on("data", (bytes: Buffer) => {
			try {
				this.#reader.push(bytes);
			} catch {
				socket.destroy();
			}
		});
		// What was wrong is of no use to anybody: the line is down.
		socket.on("error", () => {});
		socket.on("close", () => {
			this.#isClosed = true;
			for (const closed of this.#onClosed) closed();
		});
		socket.on("end", () => socket.destroy());
	}

	/** Hands every frame on from now on, beginning with those that came already. */
	each(take: (frame: Buffer) => void): void {
		this.#take = take;
		for (const frame of this.#frames.splice(0)) take(frame);
	}

	/** The next frame, undefined where the line is closed before it comes. */
	next(): Promise<Buffer | undefined> {
		return new Promise((resolve) => {
			const first = this.#frames.shift();
			if (first !== undefined || this.#isClosed) return resolve(first);
			const done = (frame?: Buffer): void => {
				this.#take = undefined;
				resolve(frame);
			};
			this.#take = done;
			this.onClosed(() => done());
		});
	}

	onClosed(closed: () => void): void {
		if (this.#isClosed) closed();
		else this.#onClosed.push(closed);
	}

	/** The other end has shown who it is: frames may be of any length. */
	trust(): void {
		this.#reader.longest = LONGEST_FRAME;
	}

	send(payload: Uint8Array): void {
		this.#socket.write(frameOf(payload));
	}

	/** Sends what was framed already, to several. */
	sendFrame(frame: Buffer): void {
		this.#socket.write(frame);
	}

	close(): void {
		this.#socket.destroy();
	}
}
