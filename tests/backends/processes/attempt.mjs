// Tries one call and prints how it ended, as JSON. Arguments: directory, method, key, and the user to do it as.
import { file } from "tesserae/backends/file";

const [path, method, key, uid] = process.argv.slice(2);
if (uid !== undefined) process.setuid(Number(uid));
const backend = file({ path });
const calls = {
	get: () => backend.get(key),
	head: () => backend.head(key),
	put: () => backend.put(key, new Uint8Array(3)),
	delete: () => backend.delete([key]),
	async list() {
		for await (const entry of backend.list(key)) if (entry.key === "") return;
	},
};
const ended = await calls[method]().then(
	(value) => ({ value: value === undefined ? "nothing" : "something" }),
	({ code, message }) => ({ code, message }),
);
process.stdout.write(JSON.stringify(ended));
