/**
 * The one grammar of addresses: `TARGET#DATASET[SELECTION]`. The target is what `connect` takes, the selection NumPy's notation.
 * `#`, `[` and `%` in names are percent-escaped.
 */
import { StoreError } from "./errors.js";
import { parseSelection } from "./selection/parse.js";
import { isUrl } from "./target-text.js";

/** What an address names: a store, a dataset or group in it, a part of the dataset. */
export interface Address {
	/** What `connect` opens, such as `sqlite:./scan.sqlite`. */
	readonly target: string;
	/** Name of the dataset or group, `""` for the root; undefined where the address has no `#`. */
	readonly dataset?: string | undefined;
	/** In the notation that `get` takes as a string; undefined where the address has no brackets. */
	readonly selection?: string | undefined;
}

/**
 * Reads an address: what stands before the first `#` is the target, what stands in the brackets at the end the selection. In the dataset's
 * name every percent escape is decoded. In a target only `%23`, `%5B` and `%25` are, so that other names of files are what they are;
 * a target that is a URL (`scheme://…`) is left to who opens it.
 * @throws StoreError INVALID_ARGUMENT where it is no address, or its selection no selection
 */
export function parseAddress(text: string): Address {
	const hash = text.indexOf("#");
	const target = parseTarget(hash < 0 ? text : text.slice(0, hash));
	if (target === "") throw invalid(text, "the target is missing: write TARGET#DATASET, such as file:./scan.zarr#data");
	if (hash < 0) return { target };
	const rest = text.slice(hash + 1);
	const bracket = rest.indexOf("[");
	const dataset = parseName(bracket < 0 ? rest : rest.slice(0, bracket), text);
	if (bracket < 0) return { target, dataset };
	if (!rest.endsWith("]")) throw invalid(text, 'a selection ends the address: close it with "]", or write "[" as %5B');
	const selection = rest.slice(bracket + 1, -1);
	parseSelection(selection);
	return { target, dataset, selection };
}

/** The address in its one spelling: what {@link parseAddress} reads as the same again. */
export function formatAddress({ target, dataset, selection }: Address): string {
	const place = isUrl(target) ? target.replaceAll("#", "%23") : escaped(target);
	if (dataset === undefined && selection === undefined) return place;
	return `${place}#${escaped(dataset ?? "")}${selection === undefined ? "" : `[${selection}]`}`;
}

const ESCAPES: { readonly [character: string]: string } = { "#": "%23", "[": "%5B", "%": "%25" };

function escaped(name: string): string {
	return name.replace(/[#[%]/g, (character) => ESCAPES[character] as string);
}

function parseTarget(text: string): string {
	return isUrl(text) ? text : text.replace(/%(?:23|5B|25)/gi, decodeURIComponent);
}

function parseName(text: string, address: string): string {
	if (text.includes("#")) throw invalid(address, '"#" in a name is written %23');
	try {
		return decodeURIComponent(text);
	} catch (cause) {
		throw invalid(address, '"%" in a name is written %25', cause);
	}
}

function invalid(address: string, advice: string, cause?: unknown): StoreError {
	return new StoreError("INVALID_ARGUMENT", `${JSON.stringify(address)} is no address: ${advice}`, { cause });
}
