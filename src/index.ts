export { checkKey } from "./backend.js";
