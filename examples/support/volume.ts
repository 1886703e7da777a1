/** float32 values in row-major order: what `get` returns, what a kernel is given, and plain objects. */
export interface Volume {
	readonly data: Float32Array;
	readonly shape: readonly number[];
}

/**
 * The volume around the same middle in another shape: itself where it has that shape, else a copy that is cut, or where it is too short
 * continued by reflection, `d c b a | a b c d | d c b a` (scipy's "reflect"). Of an odd difference the end gets one more.
 */
export function fitted(volume: Volume, shape: readonly number[]): Volume {
	if (shape.every((length, axis) => length === volume.shape[axis])) return volume;
	const offsets = shape.map((length, axis) => {
		const extent = volume.shape[axis] as number;
		const first = Math.floor((extent - length) / 2);
		const step = product(volume.shape.slice(axis + 1));
		return Int32Array.from({ length }, (_, n) => reflected(first + n, extent) * step);
	});
	const data = new Float32Array(product(shape));
	let end = 0;
	const copy = (axis: number, from: number): void => {
		const places = offsets[axis] as Int32Array;
		if (axis + 1 < offsets.length) for (const place of places) copy(axis + 1, from + place);
		else {
			take(volume.data, from, places, data.subarray(end, end + places.length));
			end += places.length;
		}
	};
	copy(0, 0);
	return { data, shape };
}

function take(source: Float32Array, from: number, places: Int32Array, target: Float32Array): void {
	for (let n = 0; n < places.length; n++) target[n] = source[(from + (places[n] as number)) | 0] as number;
}

/** Where `position` falls when a line of `extent` voxels is reflected at both ends. */
function reflected(position: number, extent: number): number {
	const period = 2 * extent;
	const phase = ((position % period) + period) % period;
	return phase < extent ? phase : period - 1 - phase;
}

export function product(lengths: readonly number[]): number {
	return lengths.reduce((total, length) => total * length, 1);
}
