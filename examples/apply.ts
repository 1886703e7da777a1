/** `apply`: a kernel changes a dataset in place, chunk by chunk. Here it plays the game of life. */
import { connect, type Dataset, kernel } from "tesserae";

await using con = await connect("ram:");
const board = await con.createDataset("board", { shape: [8, 24], dtype: "uint8", chunkShape: [4, 6] });

// A glider, which moves by one row and one column every four generations.
const glider = [
	[0, 1, 0],
	[0, 0, 1],
	[1, 1, 1],
];
await board.set("1:4, 1:4", glider);

// With a halo each chunk sees the original values of its neighbours, never what they became; `wrap` makes the board a torus.
const life = kernel(new URL("./kernels/life.js", import.meta.url), "life");
for (let generation = 0; ; generation++) {
	if (generation % 12 === 0) console.log(`generation ${generation}\n${await picture(board)}`);
	if (generation === 36) break;
	await board.apply(life, { halo: 1, boundary: "wrap" });
}

// Without a halo the block is the chunk; it may be changed and returned. What is not stored is seen as fill value.
await board.apply((block) => {
	block.data.forEach((alive, n) => {
		block.data[n] = 9 * Number(alive);
	});
	return block;
});
console.log(`${await board.sum()} in all, the largest ${await board.max()}`);

async function picture(dataset: Dataset<"uint8">): Promise<string> {
	const rows = [];
	for (let y = 0; y < 8; y++) rows.push([...(await dataset.get([y])).data].map((alive) => ".#"[alive]).join(""));
	return rows.join("\n");
}
