/** `%(key)s` in values, as `configparser.BasicInterpolation` puts in the value of another key; `%%` is a percent sign. */
import type { StoreError } from "../errors.js";
import { fault } from "./configuration.js";
import type { Entry } from "./ini.js";

/** As deep as Python goes. */
const MAX_DEPTH = 10;
/** Characters. Ten keys that each repeat the next could make any number of them. */
const MAX_LENGTH = 65_536;

/** A value with everything put in, and over how many steps. */
interface Whole {
	readonly value: string;
	readonly height: number;
}

/** The values of the keys that one section sees. */
export class Values {
	/** Keys that others refer to. */
	readonly referred: Set<string> = new Set();
	readonly #file: string;
	readonly #find: (key: string) => Entry | undefined;
	readonly #whole = new Map<string, Whole>();

	/** @param find the section's own entries before those of `[DEFAULT]` */
	constructor(file: string, find: (key: string) => Entry | undefined) {
		this.#file = file;
		this.#find = find;
	}

	/**
	 * The value of a key with everything put in; undefined where there is no such key.
	 * @throws StoreError INVALID_ARGUMENT naming the line, never the value
	 */
	get(key: string): string | undefined {
		return this.#get(key, [])?.value;
	}

	#get(key: string, above: readonly string[]): Whole | undefined {
		const entry = this.#find(key);
		if (entry === undefined) return undefined;
		const chain = [...above, key];
		if (above.includes(key)) throw this.fault(key, `: ${chain.join(" refers to ")}, without end`);
		const known = this.#whole.get(key);
		const height = known?.height ?? (entry.value.includes("%") ? 1 : 0);
		if (height > 0 && above.length + height > MAX_DEPTH)
			throw this.fault(key, `: ${chain.join(" refers to ")}, which is too deep`);
		const whole = known ?? this.#putIn(key, entry.value, chain);
		this.#whole.set(key, whole);
		return whole;
	}

	#putIn(key: string, value: string, chain: readonly string[]): Whole {
		let length = value.length;
		let height = value.includes("%") ? 1 : 0;
		const whole = value.replace(/%(?:%|\(([^)]*)\)s|)/g, (written, name?: string) => {
			if (written === "%%") return "%";
			if (name === undefined) throw this.fault(key, ' has "%" in its value, which is written %%');
			const referred = name.toLowerCase();
			this.referred.add(referred);
			const found = this.#get(referred, chain);
			if (found === undefined) throw this.fault(key, ` refers to ${name}, which there is not`);
			height = Math.max(height, found.height + 1);
			length += found.value.length;
			if (length > MAX_LENGTH) throw this.fault(key, ` has a value of more than ${MAX_LENGTH} characters`);
			return found.value;
		});
		return { value: whole, height };
	}

	/** What is wrong with a key, told with its line. */
	fault(key: string, text: string): StoreError {
		return fault(this.#file, this.#find(key)?.line, `${key}${text}`);
	}
}
