/** Random lengths of chunks along the axes of a shape: of one length, or of several (rectilinear grids). */
import fc from "fast-check";
import type { AxisLengths } from "tesserae";

/** Lengths of 1 to 5, in the forms that a list of them may have, which reach the end of the axis or beyond. */
function listFor(length: number): fc.Arbitrary<AxisLengths> {
	const entry = fc.record({ edge: fc.integer({ min: 1, max: 5 }), count: fc.integer({ min: 1, max: 3 }) });
	const entries = fc.array(
		fc.tuple(entry, fc.boolean()).map(([{ edge, count }, isPair]) => ({ edge, count: isPair ? count : 1, isPair })),
		{ maxLength: 5 },
	);
	return fc.tuple(entries, fc.integer({ min: 1, max: 4 })).map(([list, last]) => {
		const total = list.reduce((sum, { edge, count }) => sum + edge * count, 0);
		const missing = Math.max(0, length - total);
		const written = list.map(({ edge, count, isPair }) => (isPair ? ([edge, count] as const) : edge));
		return missing === 0 && written.length > 0
			? written
			: [...written, [last, Math.max(1, Math.ceil(missing / last))] as const];
	});
}

/** For each axis a length up to `most`, or for some axes of half of the cases a list. */
export function lengthsFor(shape: readonly number[], most: number): fc.Arbitrary<AxisLengths[]> {
	const equal = fc.integer({ min: 1, max: most });
	const axes = shape.map((length) => fc.oneof(equal, listFor(length)));
	return fc.oneof(fc.tuple(...shape.map(() => equal)), fc.tuple(...axes));
}
