/** Selections: NumPy's indexing, as values or as a string, with index lists, masks, names of axes and single points. */
import { connect, ellipsis, mask, newaxis, slice } from "tesserae";

await using con = await connect("ram:");

// Three frames of 4 × 6 pixels that tell where they are: frame 1, row 2, column 3 holds 123.
const pixels = Int16Array.from({ length: 3 * 4 * 6 }, (_, i) => {
	const [t, y, x] = [Math.floor(i / 24), Math.floor(i / 6) % 4, i % 6] as const;
	return 100 * t + 10 * y + x;
});
const film = await con.createDataset("film", {
	data: { data: pixels, shape: [3, 4, 6] },
	chunkShape: [1, 2, 4],
	dimensionNames: ["t", "y", "x"],
});

// An integer drops its axis and counts from the end where it is negative; axes that are left out are taken whole.
console.log("a pixel:", await film.at(1, 2, 3));
console.log("a row of the last frame:", await film.get([-1, 2]));

// slice(stop) and slice(start, stop, step) end at the border; null is a whole axis. A string says the same.
console.log("a row backwards:", await film.get([0, 1, slice(null, null, -2)]));
console.log("the same:", await film.get("0, 1, ::-2"));
console.log("a corner:", await film.get([0, slice(2), slice(4, 100)]));

// As many whole axes as there is room for, and an axis of length 1 that was not there.
console.log("a column of each frame:", await film.get([ellipsis, 0]));
console.log("a row as a matrix:", await film.get([0, newaxis, 3]));

// Lists and masks choose along their own axis each, in any order and as often as they say.
console.log("2 rows × 3 columns:", await film.get([0, [0, 3], [5, 0, 0]]));
console.log("rows of a mask:", await film.get([1, mask([true, false, false, true]), slice(2)]));
console.log("frames as a list:", (await film.get([[2, 0]])).shape);
console.log("lists in a string:", await film.get("0, [0, 3], [5, 0, 0]"));

// Axes by name, in any order.
console.log("by name:", await film.get({ x: slice(1, 3), t: 2 }));
console.log("the same:", await film.get("x=1:3, t=2"));

// Points: one list per axis, paired.
const diagonal = [
	[0, 1, 2],
	[0, 1, 2],
	[0, 1, 2],
];
console.log("a diagonal:", await film.points(diagonal));
