import { connect, kernel } from "tesserae";
import { ranks } from "tesserae/engines/ranks";
import { threads } from "tesserae/engines/threads";

const con = await connect(process.argv[2], { engine: ranks({ engine: threads({ workers: 2 }) }) });
const ds = await con.createDataset("a", {
	data: BigInt64Array.from({ length: 1000 }, (_, i) => BigInt(i)),
	chunkShape: [90],
});
const sum = `${await ds.sum()}n`;
await ds.apply(kernel(new URL("./ranks-kernels.mjs", import.meta.url), "plus", { n: 1 }));
const { data } = await ds.get();
const shared = await con.broadcast(data);
console.log(
	JSON.stringify({
		rank: con.rank,
		values: [sum, `${await ds.sum()}n`, shared.every((value, i) => value === BigInt(i + 1))],
	}),
);
await con.close();
