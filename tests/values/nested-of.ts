import type { View } from "../../dist/src/values/view.js";

/** As nested arrays, components innermost. */
export function nestedOf({ data, shape, stride, offset }: View, components = 1): unknown {
	const [length, ...rest] = shape;
	if (length === undefined) {
		if (components === 1) return data[offset];
		return Array.from({ length: components }, (_, i) => data[offset + i]);
	}
	const [step = 0, ...steps] = stride;
	return Array.from({ length }, (_, i) =>
		nestedOf({ data, shape: rest, stride: steps, offset: offset + i * step }, components),
	);
}
