import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import Database from "better-sqlite3";
import { type Connection, connect } from "tesserae";
import { afterEach, beforeEach, expect, test } from "vitest";
import { kill, killAll, runScript, startScript } from "./children.js";
import { isWhole } from "./processes/checkable.mjs";
import { type Scratch, scratch } from "./scratch.js";

/** Each is a process of 0.3 s, so there are only some of them here; .ci/run kills 200. */
const KILLS = Number(process.env.TESSERAE_KILLS ?? 12);
/** Processes that write at once. */
const WRITERS = 4;

let place: Scratch;
let path: string;

beforeEach(async () => {
	place = await scratch();
	path = join(place.path, "store.sqlite");
});

afterEach(async () => {
	await killAll();
	await place.remove();
});

test("four processes with eight writers each, on parts of one chunk, lose nothing", async () => {
	const con = await connect(`sqlite:${path}`, { durability: "none" });
	const ds = await con.createDataset("data", { shape: [8 * WRITERS], dtype: "int32", chunkShape: [8 * WRITERS] });
	const firsts = Array.from({ length: WRITERS }, (_, n) => String(8 * n));
	await Promise.all(firsts.map((first) => runScript("sqlite-sets", [path, "data", first, "200"])));
	expect([...(await ds.get()).data]).toEqual(Array(8 * WRITERS).fill(200));
	await con.close();
});

test("killed writers leave every commit and every set whole or undone, and no bytes that nobody knows of", {
	timeout: 180_000,
}, async () => {
	const con = await connect(`sqlite:${path}`, { durability: "none" });
	let kills = 0;
	const lane = async (name: string): Promise<void> => {
		await con.createDataset(name, { shape: [64], dtype: "uint8", chunkShape: [16], data: new Uint8Array(64) });
		while (kills++ < KILLS) {
			const writer = await startScript("sqlite-commits", [path, name]);
			await setTimeout(Math.random() * 30);
			await kill(writer);
			await expectAtomic(con, name);
			await con.backend.put("free", new Uint8Array(5));
		}
	};
	await Promise.all(Array.from({ length: WRITERS }, (_, n) => lane(`lane${n}`)));
	await con.close();
	expectNothingLost();
});

/** What was written at once has one value, or is not there at all. */
async function expectAtomic(con: Connection, name: string): Promise<void> {
	for (const kind of ["small", "large"]) {
		const objects = await Promise.all([0, 1, 2, 3].map((i) => con.backend.get(`${kind}-${name}/${i}`)));
		const values = objects.map((object) => object?.parts[0]?.[8]);
		expect(new Set(values).size, `${kind}: ${values}`).toBe(1);
		for (const object of objects) if (object !== undefined) expect(isWhole(object.parts[0] as Uint8Array)).toBe(true);
	}
	const { data } = await (await con.getDataset(name)).get("1:-1");
	expect(new Set(data as Uint8Array).size).toBe(1);
}

/** Every row of bytes belongs to an object, or is known to be unfinished. */
function expectNothingLost(): void {
	const database = new Database(path);
	const { lost } = database
		.prepare(`
			SELECT count(*) AS lost FROM pieces p WHERE
				NOT EXISTS (SELECT 1 FROM objects WHERE p.id BETWEEN generation AND generation + size / 4194304) AND
				NOT EXISTS (SELECT 1 FROM loose WHERE p.id >= first AND p.id < first + count)
		`)
		.get() as { lost: number };
	expect(lost).toBe(0);
	expect(database.pragma("integrity_check", { simple: true })).toBe("ok");
	database.close();
}
