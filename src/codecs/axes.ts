/** Entry `d` of the result is entry `order[d]` of `values`. */
export function permuted<T>(values: readonly T[], order: readonly number[]): T[] {
	return order.map((axis) => values[axis] as T);
}

/** Entry `order[d]` of the result is entry `d` of `values`: undoes {@link permuted}. */
export function unpermuted<T>(values: readonly T[], order: readonly number[]): T[] {
	const result = new Array<T>(values.length);
	order.forEach((axis, d) => {
		result[axis] = values[d] as T;
	});
	return result;
}
