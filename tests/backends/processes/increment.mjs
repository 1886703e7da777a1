// Increments a counter by compare-and-swap. Arguments: directory, key, number of increments. Opens the store anew now and then, so that
// locks are taken, removed and made while others want them.
import { file } from "tesserae/backends/file";

const [path, key, times] = process.argv.slice(2);
let backend = file({ path, durability: "none" });
for (let done = 0; done < Number(times); ) {
	const { parts, etag } = await backend.get(key);
	const next = Number(new TextDecoder().decode(parts[0])) + 1;
	try {
		await backend.put(key, new TextEncoder().encode(String(next)), { when: { etag } });
		done++;
	} catch (error) {
		if (error.code !== "CONFLICT") throw error;
	}
	if (done % 10 === 0) {
		await backend.close();
		backend = file({ path, durability: "none" });
	}
}
await backend.close();
