/** What does not fit into the memory of a WebAssembly module is refused before it, since the module would not survive it. */
import { expect, test } from "vitest";
import { wasmZstd } from "../../dist/src/codecs/zstd/wasm.js";
import { hex } from "./subjects.js";

const TOO_LARGE = { code: "TOO_LARGE", message: expect.stringContaining("536870912") };
/** Never touched, so that it takes no memory. */
const huge = new Uint8Array(2 ** 29 + 1);

test("zstd", async () => {
	const { compress, decompress } = await wasmZstd();
	const settings = { level: 1, checksum: false };
	await expect((async () => compress(huge, settings))()).rejects.toMatchObject(TOO_LARGE);
	// 768 MiB of zeros in blocks that repeat a byte, 128 KiB each.
	const blocks = Array.from({ length: 6144 }, (_, i) => (i < 6143 ? "02001000" : "03001000"));
	const frame = hex(`28b52ffda000000030${blocks.join("")}`);
	await expect((async () => decompress(frame, { limit: 2 ** 30, exact: false }))()).rejects.toMatchObject(TOO_LARGE);
	const small = Uint8Array.from({ length: 1000 }, (_, i) => i % 7);
	expect(await decompress(await compress(small, settings), { limit: 1000, exact: true })).toEqual(small);
});
