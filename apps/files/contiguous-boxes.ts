/** A box within an array. */
export interface Box {
	/** Index of its first element. */
	readonly origin: readonly number[];
	readonly shape: readonly number[];
}

/** Bytes of a box, where chunks do not ask for more. */
const USUAL = 16 * 2 ** 20;
const LARGEST = 64 * 2 ** 20;

/**
 * Cuts an array into boxes of up to 64 MiB that follow one another in row-major order: each is a number of rows along one axis, whole in all
 * axes after it and of length 1 in those before. Rows are taken by whole chunks where these fit.
 * @returns none for an array without elements, one for an array without axes
 */
export function contiguousBoxes(shape: readonly number[], itemSize: number, chunkShape: readonly number[]): Box[] {
	if (shape.includes(0)) return [];
	const axis = splitAxis(shape, itemSize);
	if (axis === undefined) return [{ origin: [], shape: [] }];
	const rowBytes = shape.slice(axis + 1).reduce((bytes, length) => bytes * length, itemSize);
	const rows = rowsOfBox(rowBytes, chunkShape[axis] ?? 1);
	const [length, rest] = [shape[axis] as number, shape.slice(axis + 1)];
	return indices(shape.slice(0, axis)).flatMap((before) =>
		Array.from({ length: Math.ceil(length / rows) }, (_, n) => ({
			origin: [...before, n * rows, ...rest.map(() => 0)],
			shape: [...before.map(() => 1), Math.min(rows, length - n * rows), ...rest],
		})),
	);
}

/** The first axis of which one row is small enough. */
function splitAxis(shape: readonly number[], itemSize: number): number | undefined {
	let axis = shape.length - 1;
	let rowBytes = itemSize;
	if (axis < 0) return undefined;
	while (axis > 0 && rowBytes * (shape[axis] as number) <= LARGEST) rowBytes *= shape[axis--] as number;
	return axis;
}

function rowsOfBox(rowBytes: number, chunkRows: number): number {
	const usual = Math.max(1, Math.floor(USUAL / rowBytes));
	if (usual >= chunkRows) return usual - (usual % chunkRows);
	return chunkRows * rowBytes <= LARGEST ? chunkRows : Math.max(1, Math.floor(LARGEST / rowBytes));
}

/** All indices within a shape, last axis fastest. */
function indices(shape: readonly number[]): number[][] {
	return shape.reduce<number[][]>(
		(before, length) => before.flatMap((index) => Array.from({ length }, (_, i) => [...index, i])),
		[[]],
	);
}
