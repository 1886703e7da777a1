// Tries one call and prints how it ended, as JSON. Arguments: file, method, key, and the user to do it as.
import { sqlite } from "tesserae/backends/sqlite";

const [path, method, key, uid] = process.argv.slice(2);
if (uid !== undefined) process.setuid(Number(uid));
const backend = sqlite({ path });
const calls = {
	get: () => backend.get(key),
	put: () => backend.put(key, new Uint8Array(3)),
};
const ended = await calls[method]().then(
	(value) => ({ value: value === undefined ? "nothing" : "something" }),
	({ code, message }) => ({ code, message }),
);
process.stdout.write(JSON.stringify(ended));
