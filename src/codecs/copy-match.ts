/**
 * What Lempel-Ziv formats do at every step: repeats `length` bytes from `distance` before `at`. The two may overlap, and the bytes then
 * repeat with that period. The caller has checked that all lies within `target`.
 */
export function copyMatch(target: Uint8Array, at: number, distance: number, length: number): void {
	if (distance >= length && length > LOOP_BYTES) target.copyWithin(at, at - distance, at - distance + length);
	else if (distance === 1 && length > LOOP_BYTES) target.fill(target[at - 1] as number, at, at + length);
	else for (let i = at, end = at + length; i < end; i++) target[i] = target[i - distance] as number;
}

/** Runs up to here are copied quicker by a loop than by a call. */
const LOOP_BYTES = 32;
