/**
 * Parquet and Arrow: their readers fetch the parts of an object that they need, by `con.store.openRandomAccess`, rather than all of it.
 */
import type { FileHandle } from "node:fs/promises";
import { RecordBatchReader, type Table, tableFromArrays, tableToIPC } from "apache-arrow";
import { parquetReadObjects } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { connect, type RandomAccess } from "tesserae";

await using con = await connect("ram:"); // or a bucket, or a web server: "https://host/data"
const { store } = con;

// A year of temperatures, minute by minute, in parts of 5 days: row groups of Parquet, record batches of Arrow.
const [minutes, part] = [365 * 1440, 5 * 1440];
const minute = Int32Array.from({ length: minutes }, (_, n) => n);
const celsius = Float64Array.from(minute, (n) => 10 - 9 * Math.cos((2 * Math.PI * n) / minutes) + Math.sin(n) / 3);
const columns = Object.entries({ minute, celsius }).map(([name, data]) => ({ name, data }));
await store.put("year.parquet", parquetWriteBuffer({ columnData: columns, rowGroupSize: part }));
const tables = Array.from({ length: minutes / part }, (_, n): Table => {
	const [from, to] = [n * part, (n + 1) * part];
	return tableFromArrays({ minute: minute.slice(from, to), celsius: celsius.slice(from, to) });
});
await store.put(
	"year.arrow",
	tableToIPC(
		tables.reduce((all, next) => all.concat(next)),
		"file",
	),
);

/** Opens an object, and tells afterwards what was read of it. */
async function read(key: string, work: (file: RandomAccess) => Promise<string>): Promise<void> {
	const file = (await store.openRandomAccess(key)) as RandomAccess; // undefined where there is none
	const before = con.meter.snapshot().byOperation.get;
	const found = await work(file);
	const { operations, bytesRead } = con.meter.snapshot().byOperation.get;
	const share = Math.round((100 * (bytesRead - before.bytesRead)) / file.byteLength);
	console.log(`${key}: ${found} by ${operations - before.operations} reads of ${share} % of ${file.byteLength} bytes`);
}

// hyparquet takes it as it is: what it calls an AsyncBuffer.
await read("year.parquet", async (file) => {
	const rows = await parquetReadObjects({ file, columns: ["celsius"], rowStart: 400_000, rowEnd: 400_003 });
	return rows.map(({ celsius }) => celsius.toFixed(2)).join(" ");
});

// Arrow wants a file handle of Node, of which it uses `stat` and `read`.
await read("year.arrow", async (file) => {
	async function readInto(bytes: Uint8Array, offset: number, length: number, position: number) {
		const part = new Uint8Array(await file.slice(position, position + length));
		bytes.set(part, offset);
		return { bytesRead: part.length, buffer: bytes };
	}
	const handle = { fd: 0, stat: async () => ({ size: file.byteLength }), read: readInto, close: async () => {} };
	const reader = await RecordBatchReader.from(handle as unknown as FileHandle);
	if (!(await reader.open()).isFile()) throw new Error("this is no Arrow file");
	const batch = await reader.readRecordBatch(Math.floor(400_000 / part));
	return [0, 1, 2].map((n) => batch?.get((400_000 % part) + n)?.celsius.toFixed(2)).join(" ");
});
