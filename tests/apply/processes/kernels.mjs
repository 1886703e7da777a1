export function addOne(block) {
	for (let i = 0; i < block.data.length; i++) block.data[i] += 1;
	return block;
}

/** The same with some work, so that there is time to kill somebody. */
export function addOneAtLength(block) {
	for (const until = performance.now() + 5; performance.now() < until; );
	return addOne(block);
}

/** The element plus its two neighbours. */
export function window(block, _, { shape: [n] }) {
	const data = Int32Array.from({ length: n }, (_, i) => block.get(i) + block.get(i + 1) + block.get(i + 2));
	return { data, shape: [n] };
}

/** Without the halo of one element along both axes. */
export function trim(block, _, { shape: [rows, columns] }) {
	const data = Int32Array.from({ length: rows * columns }, (_, i) =>
		block.get(1 + Math.floor(i / columns), 1 + (i % columns)),
	);
	return { data, shape: [rows, columns] };
}
