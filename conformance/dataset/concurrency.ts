import { equal, rejects } from "../expect.js";
import { sameValues, span } from "./arrays.js";
import { type Clause, racing, where } from "./fixture.js";
import { addOne } from "./kernels.js";
import { Gate, through } from "./stores.js";

const WRITERS = span(0, 8);

export const concurrency: readonly Clause[] = [
	racing("of two writes to one chunk at once none is lost", async (con) => {
		const ds = await con.createDataset("a", { shape: [8], dtype: "int32", chunkShape: [8] });
		await Promise.all([ds.set("0:4", 1), ds.set("4:8", 2)]);
		sameValues(await ds.get(), { data: Int32Array.of(1, 1, 1, 1, 2, 2, 2, 2), shape: [8] }, "values");
	}),
	racing("many writers of one chunk, through several connections, lose nothing", async (con) => {
		await con.createDataset("a", { shape: [8, 40], dtype: "int32", chunkShape: [8, 40] });
		const write = async (writer: number): Promise<void> => {
			const ds = await (await through(con, con.backend)).getDataset("a");
			for (let round = 0; round < 40; round++) await ds.set([writer, round], 100 * writer + round + 1);
		};
		await Promise.all(WRITERS.map(write));
		const wanted = Int32Array.from({ length: 320 }, (_, n) => 100 * Math.floor(n / 40) + (n % 40) + 1);
		sameValues(await (await con.getDataset("a")).get(), { data: wanted, shape: [8, 40] }, "values");
	}),
	racing("apply at once from several sides is applied by each, once", async (con) => {
		const ds = await con.createDataset("a", { shape: [6], dtype: "int32", chunkShape: [4] });
		await Promise.all(WRITERS.map(() => ds.apply(addOne)));
		sameValues(await ds.get(), { data: new Int32Array(6).fill(8), shape: [6] }, "values");
	}),
	racing("whole and partial writes of one chunk are one after the other", async (con) => {
		const ds = await con.createDataset("a", { shape: [64], dtype: "int32", chunkShape: [64] });
		const whole = async (writer: number): Promise<void> => {
			for (let round = 1; round <= 20; round++) await ds.set("...", writer * 100 + round);
		};
		const first = async (): Promise<void> => {
			for (let round = 1; round <= 40; round++) await ds.set([0], -round);
		};
		await Promise.all([whole(1), whole(2), first(), first()]);
		const { data } = await ds.get();
		equal(new Set(data.subarray(1) as Int32Array).size, 1, "different values in what only whole writes wrote");
		equal([120, 220].includes(Number(data[1])), true, "the last whole write of one writer is there");
	}),
	where(
		({ supports }) => supports.atomicMultiPut,
		"a write over several chunks is all or nothing",
		async (con) => {
			const ds = await con.createDataset("a", { shape: [10, 10], dtype: "int32", chunkShape: [4, 4] });
			const write = (value: number) => ds.set("1:9, 1:9", value);
			await Promise.all(WRITERS.map((writer) => write(writer + 1)));
			const { data } = await ds.get("1:9, 1:9");
			equal(new Set(data as Int32Array).size, 1, "different values");
			equal([await ds.at(0, 0), await ds.at(9, 9)], [0, 0], "around it");
		},
	),
	racing("overlapping writes over several chunks lose nothing", async (con) => {
		const ds = await con.createDataset("a", { shape: [8, 10], dtype: "int32", chunkShape: [3, 4] });
		const columnsOf = (writer: number) => (writer % 2 ? [":"] : ["0:4", "4:8", "8:"]);
		const write = (writer: number) => columnsOf(writer).map((columns) => ds.set(`${writer}, ${columns}`, writer + 1));
		await Promise.all(WRITERS.flatMap(write));
		const wanted = Int32Array.from({ length: 80 }, (_, n) => Math.floor(n / 10) + 1);
		sameValues(await ds.get(), { data: wanted, shape: [8, 10] }, "rows, whole and chunk by chunk");
		await Promise.all(span(0, 10).map((column) => ds.setPoints([WRITERS, WRITERS.map(() => column)], column)));
		const columns = Int32Array.from({ length: 80 }, (_, n) => n % 10);
		sameValues(await ds.get(), { data: columns, shape: [8, 10] }, "columns by setPoints");
	}),
	racing("several appends at once each get a place of their own, and keep it", async (con) => {
		await con.createDataset("a", { shape: [1, 2], dtype: "int32", chunkShape: [5, 2], fillValue: -1 });
		const append = async (writer: number): Promise<[number, number]> => {
			const ds = await con.getDataset("a");
			return [await ds.append({ data: new Int32Array(6).fill(writer), shape: [3, 2] }), writer];
		};
		const placed = await Promise.all(WRITERS.map(append));
		const wanted = new Int32Array(50).fill(-1);
		for (const [offset, writer] of placed) wanted.fill(writer, 2 * offset, 2 * offset + 6);
		equal(
			placed.map(([offset]) => offset).sort((x, y) => x - y),
			span(1, 25, 3),
			"offsets",
		);
		sameValues(await (await con.getDataset("a")).get(), { data: wanted, shape: [25, 2] }, "values");
	}),
	racing("several appends through one handle leave it at the full shape", async (con) => {
		const ds = await con.createDataset("a", { shape: [0], dtype: "int32", chunkShape: [7] });
		const offsets = await Promise.all(WRITERS.map((writer) => ds.append([writer, writer])));
		equal(ds.shape, [16], "shape");
		const wanted = new Int32Array(16);
		offsets.forEach((offset, writer) => void wanted.fill(writer, offset, offset + 2));
		sameValues(await ds.get(), { data: wanted, shape: [16] }, "values");
	}),
	racing("attributes set at once are all there", async (con) => {
		const ds = await con.createDataset("a", { shape: [1], dtype: "int8" });
		const group = await con.createGroup("g");
		await Promise.all(WRITERS.map((n) => ds.setAttributes({ [`n${n}`]: n })));
		await Promise.all(WRITERS.map(async (n) => (await con.group("g")).setAttributes({ [`n${n}`]: n })));
		equal(
			Object.keys((await ds.refresh()).attributes).sort(),
			WRITERS.map((n) => `n${n}`),
			"of the dataset",
		);
		equal(
			Object.keys((await con.group(group.path)).attributes).sort(),
			WRITERS.map((n) => `n${n}`),
			"of the group",
		);
	}),
	racing("a writer that closes its connection does not disturb those who wait behind it", async (con) => {
		await con.createDataset("a", { shape: [2], dtype: "int32", chunkShape: [2] });
		const doors = [new Gate(con.backend), new Gate(con.backend)] as const;
		const [first, second] = [await through(con, doors[0]), await through(con, doors[1])];
		const [mine, theirs] = [await first.getDataset("a"), await second.getDataset("a")];
		const earlier = mine.set([0], 1);
		await doors[0].arrivals(1);
		const later = theirs.set([1], 2);
		doors[1].open();
		doors[0].open();
		await earlier;
		await first.close();
		await later;
		await rejects(() => mine.get(), "CLOSED", "the closed one");
		sameValues(await theirs.get(), { data: Int32Array.of(1, 2), shape: [2] }, "values");
	}),
];
