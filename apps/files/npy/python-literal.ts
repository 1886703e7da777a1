/** The part of Python's literals that headers of npy files are written in. Tuples and lists become arrays. */
export type Python = string | number | boolean | null | Python[] | Map<string, Python>;

const DEEPEST = 32;

/** @param refuse makes the error from what is wrong */
export function parsePython(text: string, refuse: (reason: string) => Error): Python {
	const parser = new Parser(text, refuse);
	const value = parser.value(0);
	parser.end();
	return value;
}

/** A string as Python's `repr` has it: what cannot be seen is told by its number. */
export function formatText(text: string): string {
	const escaped = text.replace(/[\\']/g, "\\$&").replace(/\p{Cc}/gu, (sign) => {
		return `\\x${sign.charCodeAt(0).toString(16).padStart(2, "0")}`;
	});
	return `'${escaped}'`;
}

const ESCAPES: { readonly [letter: string]: string } = { n: "\n", r: "\r", t: "\t" };

function unescaped(text: string): string {
	return text.replace(
		/\\(?:x([\da-f]{2})|u([\da-f]{4})|U([\da-f]{8})|(.))/gi,
		(_, byte, short, long, letter: string) => {
			const code = byte ?? short ?? long;
			return code === undefined ? (ESCAPES[letter] ?? letter) : String.fromCodePoint(Number.parseInt(code, 16));
		},
	);
}

const CONSTANTS: { readonly [name: string]: Python } = { True: true, False: false, None: null };
const TOKEN = /\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(-?\d+)L?|(True|False|None)|([()[\]{},:]))/y;

class Parser {
	readonly #text: string;
	readonly #refuse: (reason: string) => Error;
	#at = 0;

	constructor(text: string, refuse: (reason: string) => Error) {
		this.#text = text;
		this.#refuse = refuse;
	}

	value(depth: number): Python {
		if (depth > DEEPEST) throw this.#refuse("brackets are nested too deep");
		const [, single, double, number, constant, sign] = this.#token();
		const text = single ?? double;
		if (text !== undefined) return unescaped(text);
		if (number !== undefined) return Number(number);
		if (constant !== undefined) return CONSTANTS[constant] ?? null;
		if (sign === "(" || sign === "[") return this.#items(sign === "(" ? ")" : "]", depth);
		if (sign === "{") return this.#members(depth);
		throw this.#refuse(`there is ${JSON.stringify(sign)} where a value should be`);
	}

	end(): void {
		if (this.#text.slice(this.#at).trim() !== "") throw this.#refuse("something follows the dictionary");
	}

	#items(close: string, depth: number): Python[] {
		const items: Python[] = [];
		while (!this.#skip(close)) {
			items.push(this.value(depth + 1));
			if (!this.#skip(",") && this.#peek() !== close) throw this.#refuse(`a comma or ${close} is missing`);
		}
		return items;
	}

	#members(depth: number): Map<string, Python> {
		const members = new Map<string, Python>();
		while (!this.#skip("}")) {
			const key = this.value(depth + 1);
			if (typeof key !== "string" || !this.#skip(":")) throw this.#refuse("a key or its colon is missing");
			members.set(key, this.value(depth + 1));
			if (!this.#skip(",") && this.#peek() !== "}") throw this.#refuse("a comma or } is missing");
		}
		return members;
	}

	#token(): RegExpExecArray {
		TOKEN.lastIndex = this.#at;
		const match = TOKEN.exec(this.#text);
		if (match === null) throw this.#refuse(`${JSON.stringify(this.#text.slice(this.#at, this.#at + 20))} is unknown`);
		this.#at = TOKEN.lastIndex;
		return match;
	}

	#peek(): string | undefined {
		TOKEN.lastIndex = this.#at;
		return TOKEN.exec(this.#text)?.[5];
	}

	#skip(sign: string): boolean {
		if (this.#peek() !== sign) return false;
		this.#token();
		return true;
	}
}
