/**
 * What Lempel-Ziv formats do at every step. Short runs are copied by words: up to seven bytes beyond, which later steps write again; never is
 * anything read or written outside. Who calls these passes objects of {@link viewed} only: of one shape, they cost nothing.
 */

/** Bytes, and the same as words. */
export interface Viewed {
	readonly bytes: Uint8Array;
	readonly view: DataView;
}

export function viewed(bytes: Uint8Array): Viewed {
	return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
}

/** Most runs are no longer: they take two words whatever their length, without a loop that ends differently each time. */
const SHORT = 8;
/** Runs up to here are copied quicker by words than by a call. */
const MOST_BY_WORDS = 64;

/**
 * Repeats `length` bytes from `distance` before `at`. The two may overlap, and the bytes then repeat with that period. The caller has checked
 * that all lies within the target.
 */
export function copyMatch({ bytes, view }: Viewed, at: number, distance: number, length: number): void {
	const from = at - distance;
	const end = at + length;
	if (length > MOST_BY_WORDS && distance >= length) bytes.copyWithin(at, from, from + length);
	else if (length > MOST_BY_WORDS && distance === 1) bytes.fill(bytes[from] as number, at, end);
	else if (distance < 4 || end + SHORT > bytes.length)
		for (let i = at; i < end; i++) bytes[i] = bytes[i - distance] as number;
	else if (length <= SHORT) copyShort(view, from, view, at);
	else for (let i = at; i < end; i += 4) view.setInt32(i, view.getInt32(i - distance, true), true);
}

/** Copies `length` bytes, which both have from `from` and `at` on. */
export function copyLiterals(source: Viewed, from: number, target: Viewed, at: number, length: number): void {
	const { bytes, view } = target;
	const end = from + length;
	if (length > MOST_BY_WORDS || end + SHORT > source.bytes.length || at + length + SHORT > bytes.length)
		bytes.set(source.bytes.subarray(from, end), at);
	else if (length <= SHORT) copyShort(source.view, from, view, at);
	else for (let i = 0; i < length; i += 4) view.setInt32(at + i, source.view.getInt32(from + i, true), true);
}

/** Word by word: where the two overlap, the second repeats the first. */
function copyShort(source: DataView, from: number, target: DataView, at: number): void {
	target.setInt32(at, source.getInt32(from, true), true);
	target.setInt32(at + 4, source.getInt32(from + 4, true), true);
}
