/** What a place without `process`, such as a browser, makes of configurations: a line of JSON. */
import { connect } from "tesserae";

const { stdout } = process;
delete globalThis.process;
const con = await connect("ram:", { log: "debug" });
await con.createDataset("a", { data: [1, 2] });
const refused = await Promise.all(
	[["a:s3://b"], ["ram:", { config: "tesserae.toml" }]].map((args) => connect(...args).catch((error) => error.code)),
);
await con.close();
stdout.write(JSON.stringify(refused));
