import type { Readable, Writable } from "node:stream";
import { styleText } from "node:util";

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** Assumed where a terminal does not tell its width. */
export const USUAL_WIDTH = 80;

/** A stream that may or may not be a terminal. */
interface Screen extends Writable {
	readonly isTTY?: boolean;
	readonly columns?: number;
}

/** What a command reads and writes. */
export interface Streams {
	readonly stdin: Readable & { readonly isTTY?: boolean };
	readonly stdout: Screen;
	readonly stderr: Screen;
}

/** Columns of a terminal; undefined where the stream is none. */
export function widthOf({ isTTY, columns }: Screen): number | undefined {
	return isTTY ? (columns ?? USUAL_WIDTH) : undefined;
}

/** stdout or stderr. */
export class Terminal {
	readonly stream: Screen;
	readonly #hasColour: boolean;

	constructor(stream: Screen) {
		this.stream = stream;
		this.#hasColour = hasColour(stream);
	}

	/** Width of the terminal; undefined where it is none. */
	get columns(): number | undefined {
		return widthOf(this.stream);
	}

	/** @throws the system's error, EPIPE among them */
	write(text: string | Uint8Array): Promise<void> {
		return new Promise((resolve, reject) => {
			this.stream.write(text, (error) => (error ? reject(error) : resolve()));
		});
	}

	/** The text in a colour, where colours are shown. */
	style(style: Style, text: string): string {
		return this.#hasColour ? styleText(style, text, { validateStream: false }) : text;
	}
}

/** https://no-color.org, https://force-color.org, and only on terminals else. */
function hasColour({ isTTY = false }: Screen): boolean {
	const { NO_COLOR: no, FORCE_COLOR: force, TERM } = process.env;
	if (force !== undefined && force !== "") return force !== "0" && force !== "false";
	return isTTY && (no === undefined || no === "") && TERM !== "dumb";
}
