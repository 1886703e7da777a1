import type { WriteStream } from "node:tty";
import { styleText } from "node:util";

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** Assumed where a terminal does not tell its width. */
const USUAL_WIDTH = 80;

/** stdout or stderr, which may or may not be a terminal. */
export class Terminal {
	readonly stream: WriteStream;
	readonly #hasColour: boolean;

	constructor(stream: WriteStream) {
		this.stream = stream;
		this.#hasColour = hasColour(stream);
	}

	/** Width of the terminal; undefined where it is none. */
	get columns(): number | undefined {
		return this.stream.isTTY ? (this.stream.columns ?? USUAL_WIDTH) : undefined;
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
function hasColour({ isTTY }: WriteStream): boolean {
	const { NO_COLOR: no, FORCE_COLOR: force, TERM } = process.env;
	if (force !== undefined && force !== "") return force !== "0" && force !== "false";
	return isTTY && (no === undefined || no === "") && TERM !== "dumb";
}
