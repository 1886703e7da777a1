/**
 * Work that was interrupted goes on where it was: `apply` changes every chunk exactly once, however often it is stopped, and `map` keeps the chunks
 * that it has made. Here both are stopped by their signal; after SIGKILL or a lost machine it is the same.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, isStoreError, kernel } from "tesserae";

const directory = await mkdtemp(join(tmpdir(), "tesserae-resume-"));
const con = await connect(`sqlite:${join(directory, "scans.sqlite")}`, { concurrency: 2 });
const counts = await con.createDataset("counts", {
	data: Int32Array.from({ length: 640 }, (_, i) => i),
	chunkShape: [10],
});
const addOne = kernel(new URL("./kernels/add-one.js", import.meta.url), "addOne");

/** Options that stop a call after so many chunks. */
function stoppedAfter(chunks: number) {
	const controller = new AbortController();
	const onProgress = ({ done }: { done: number }) => void (done === chunks && controller.abort());
	return { signal: controller.signal, onProgress };
}

// The ledger of an apply lies in the store, so the next process finds it, too.
await counts.apply(addOne, stoppedAfter(20)).catch((error) => console.log("apply:", isStoreError(error) && error.code));
await counts.apply(addOne).catch((error) => console.log("apply again:", isStoreError(error) && error.code));
for (const { kind, key } of (await counts.verify()).findings) console.log("verify:", kind, key);

await counts.apply(addOne, { resume: true, ...stoppedAfter(15) }).catch(() => console.log("stopped once more"));
await counts.apply(addOne, { resume: true });
const { data } = await counts.get();
console.log(
	"every element is one more:",
	data.every((value, i) => value === i + 1),
);

// An output that is not complete says so by an attribute, which goes at the end.
await counts.map(addOne, "more", { resume: true, ...stoppedAfter(40) }).catch(() => {});
const more = await con.getDataset("more");
console.log("marked:", Object.keys(more.attributes).join());
let missing = 0;
for await (const _ of more.missingChunks()) missing++;
console.log(`${missing > 0 && missing <= 24 ? "some" : missing} chunks to go`);
await counts.map(addOne, "more", { resume: true });
console.log("the last element:", await more.at(639), "of", (await con.getDataset("more")).attributes);

await con.close();
await rm(directory, { recursive: true });
