/** Codecs: how chunks are encoded, what that saves, and how a damaged one is noticed. */
import { type CreateOptions, connect, type StoreError } from "tesserae";

await using con = await connect("ram:");

// Heights of a hilly land, in cm.
const [HEIGHT, WIDTH] = [512, 512];
const heights = Int32Array.from({ length: HEIGHT * WIDTH }, (_, i) => {
	const [y, x] = [Math.floor(i / WIDTH), i % WIDTH];
	return 100 * Math.round(400 + 200 * Math.sin(x / 9) + 20 * Math.cos(y / 70));
});

const choices: { readonly [name: string]: CreateOptions["codecs"] } = {
	"as it is": ["bytes"],
	default: undefined, // bytes, zstd
	"zstd, harder": [{ name: "zstd", configuration: { level: 19 } }],
	gzip: [{ name: "gzip", configuration: { level: 5 } }],
	"columns first": [{ name: "transpose", configuration: { order: [1, 0] } }, "zstd"],
	"big endian": [{ name: "bytes", configuration: { endian: "big" } }, "zstd"],
	"with a checksum": ["bytes", "crc32c"],
};
for (const [name, codecs] of Object.entries(choices)) {
	const options = { data: { data: heights, shape: [HEIGHT, WIDTH] }, chunkShape: [256, 256], codecs };
	const dataset = await con.createDataset(name, options);
	const bytes = await storedBytes(name);
	const ratio = (dataset.nbytes / bytes).toFixed(1);
	const used = dataset.codecs.map((codec) => codec.name).join(", ");
	console.log(`${name.padEnd(16)} ${String(bytes).padStart(8)} bytes, ${ratio.padStart(4)} : 1  ${used}`);
}

// One bit of one chunk is flipped: reading fails, it never returns something else.
const guarded = await con.getDataset("with a checksum");
const { key } = guarded.chunk([0, 1]);
const stored = await con.backend.get(key);
const damaged = Uint8Array.from(stored?.parts[0] ?? []);
damaged[1000] = (damaged[1000] ?? 0) ^ 1;
await con.backend.put(key, damaged);
console.log("the chunk beside it:", (await guarded.get("0, 0:3")).data.join(" "));
await guarded.get("0, 255:258").catch((error: StoreError) => console.log(`${error.code}: ${error.message}`));

/** Bytes of all chunks of a dataset, as they are stored. */
async function storedBytes(name: string): Promise<number> {
	let bytes = 0;
	for await (const entry of con.backend.list(`${name}/c/`)) if (entry.kind === "object") bytes += entry.size;
	return bytes;
}
