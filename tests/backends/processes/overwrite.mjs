// Overwrites eight objects with contents that can be checked, until it is killed. Argument: directory. Says when it has begun.
import { file } from "tesserae/backends/file";
import { checkable } from "./checkable.mjs";

const backend = file({ path: process.argv[2], durability: "none" });
for (let n = 0; ; n++) {
	const key = `data/c/${n % 2}/${n % 8}`;
	const bytes = checkable(Math.floor(Math.random() * 120_000), Math.floor(Math.random() * 256));
	const etag = n % 3 === 0 ? (await backend.head(key))?.etag : undefined;
	try {
		await backend.put(key, bytes, { when: etag === undefined ? undefined : { etag } });
	} catch (error) {
		if (error.code !== "CONFLICT") throw error;
	}
	if (n === 0) process.stdout.write("begun\n");
}
