/**
 * Objects: whatever is not an array is put, read in parts, streamed, listed and deleted by `con.store`, the same on every backend.
 */
import { connect, type StoreError } from "tesserae";
import { decodeImage, decodeNpy, encodeImage, encodeNpy } from "tesserae/files";

await using con = await connect("ram:"); // or "file:./data", "sqlite:./data.sqlite", "s3://bucket/prefix"
const { store } = con;

// Bytes, text, a stream, or a value as JSON; read again as what is wanted.
await store.put("notes/monday.txt", "11:40 sample A\n11:52 sample B\n");
await store.put("runs/7/setup.json", { seed: 2n ** 63n, sigma: [1, 1.5] }, { as: "json" });
async function* lines(): AsyncGenerator<string> {
	for (let n = 0; n < 1000; n++) yield `${n}, ${n * n}\n`;
}
await store.put("runs/7/squares.csv", lines());
console.log(await store.get("runs/7/setup.json", { as: "json" }), await store.get("runs/8/setup.json"));

// Parts, by HTTP's notation, and a stream, which reads one chunk ahead of who takes them. Both are of one version of the object.
const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);
console.log(
	JSON.stringify([
		text(await store.range("notes/monday.txt", "0-4")),
		text(await store.range("notes/monday.txt", "-9")),
	]),
);
let [chunks, bytes] = [0, 0];
for await (const chunk of (await store.stream("runs/7/squares.csv", { chunkSize: 4096 })) ?? []) {
	chunks++;
	bytes += chunk.length;
}
console.log(`${bytes} bytes in ${chunks} chunks;`, await store.size("runs/7/squares.csv"), "by head");

// A level, or everything; a directory ends in a slash.
for await (const entry of store.list("runs/7/")) console.log(entry.kind, entry.key);
for await (const { kind, key } of store.list()) console.log(kind, key);

// Of two writers who saw the same version one wins, and the other learns of it.
const seen = await store.head("notes/monday.txt");
await store.put("notes/monday.txt", "all spoilt\n", { when: { etag: seen?.etag ?? "" } });
await store
	.put("notes/monday.txt", "all well\n", { when: { etag: seen?.etag ?? "" } })
	.catch(({ code }: StoreError) => console.log("the second writer:", code));

// Arrays and pictures as objects: npy; PNG and JPEG, in colour or grey.
const ramp = { data: Uint8Array.from({ length: 4 * 6 * 3 }, (_, i) => i * 3), shape: [4, 6, 3] };
await store.put("runs/7/ramp.npy", await encodeNpy(ramp));
await store.put("runs/7/ramp.png", await encodeImage(ramp), { contentType: "image/png" });
const array = await decodeNpy((await store.get("runs/7/ramp.npy")) ?? new Uint8Array());
const grey = await decodeImage((await store.get("runs/7/ramp.png")) ?? new Uint8Array(), { colour: "grey" });
console.log(array.shape, array.get(3, 5, 2), grey.shape, grey.get(3, 5));

console.log("deleted:", await store.deletePrefix("runs/7/"), "left:", await store.has("notes/monday.txt"));
