// Writes several objects at once, by small and large commits and by sets over several chunks, until it is killed. All that is written at once
// has one value. Arguments: file, name of a dataset. Says when it has begun.
import { connect } from "tesserae";
import { sqlite } from "tesserae/backends/sqlite";
import { checkable } from "./checkable.mjs";

const [path, name] = process.argv.slice(2);
const backend = sqlite({ path, durability: "none" });
const con = await connect(backend);
const ds = await con.getDataset(name);
const sizes = { small: 40_000, large: 2_200_000 };
for (let n = 0; ; n++) {
	const value = Math.floor(Math.random() * 256);
	const kind = ["small", "large"][n % 3];
	const writes = [0, 1, 2, 3].map((i) => ({ key: `${kind}-${name}/${i}`, bytes: checkable(sizes[kind] ?? 0, value) }));
	if (kind === undefined) await ds.set("1:-1", value);
	else await backend.commit(writes);
	if (n === 0) process.stdout.write("begun\n");
}
