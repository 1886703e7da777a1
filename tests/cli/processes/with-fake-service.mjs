/** Given to Node by `--import`: puts the module beside this one in the place of the backend `s3`. */
import { register } from "node:module";

const fake = new URL("./fake-service.mjs", import.meta.url).href;
const hooks = `export const resolve = (name, context, next) =>
	name === "tesserae/backends/s3" ? { url: ${JSON.stringify(fake)}, shortCircuit: true } : next(name, context);`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
