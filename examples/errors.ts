/** Errors: one class with a stable code for programs and a message that says what to do for people. */
import { connect, isStoreError, type StoreError } from "tesserae";

await using con = await connect("ram:errors");
const ds = await con.createDataset("scan", { shape: [4, 6], dtype: "uint8", chunkShape: [2, 3] });
await ds.set("0, 0", 7);

await using reader = await connect("ram:errors", { mode: "r" });
const readOnly = await reader.getDataset("scan");

const attempts: (() => Promise<unknown>)[] = [
	() => con.getDataset("scam"),
	() => con.createDataset("scan", { shape: [2], dtype: "int8" }),
	() => ds.get("0, 6"),
	() => ds.get("0, 1:2:0"),
	() => ds.set("0", 256),
	() => ds.set("0", [1, 2, 3, 4]),
	() => readOnly.set("0", 1),
	() => connect("ram:nowhere", { mode: "r" }),
	() => connect("tape:archive"),
	() => connect("ram:", { colour: "red" }),
	() => ds.get("...", { signal: AbortSignal.abort() }),
	() => ds.map(() => [1, 2] as never, "wrong"),
];
for (const attempt of attempts)
	try {
		await attempt();
	} catch (error) {
		if (!isStoreError(error)) throw error;
		console.log(`${error.code.padEnd(16)} ${error.message}`);
	}

// Programs go by the code; everything else about an error is for them too: the key, dataset or chunk, and what caused it.
try {
	await ds.map(() => {
		throw new Error("no more film");
	}, "broken");
} catch (error) {
	if (!isStoreError(error, "KERNEL_FAILED")) throw error;
	console.log(`chunk ${error.chunk} of ${error.dataset}:`, (error.cause as Error).message);
}

// What was never written is no error: it reads as the fill value, unless that is asked for.
console.log("nothing there:", (await ds.get("3, :3")).data.join(" "));
await ds.get("3, :3", { onMissing: "error" }).catch((error: StoreError) => console.log(error.message));

// Get or make: `ifExists` decides, in one step also where others do the same.
const again = await con.createDataset("scan", { shape: [4, 6], dtype: "uint8", ifExists: "open" });
console.log("opened with its values:", await again.at(0, 0));
