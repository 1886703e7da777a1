/** Loaded into every rank before its script: where the launcher is gone, even by SIGKILL, the rank ends too. */
import { LAUNCHER } from "./launcher.js";

/** What a rank has to end by itself (ms). */
const PATIENCE = 3000;

// A rank may start processes of its own, which load this, too.
if (process.channel && process.ppid === Number(process.env[LAUNCHER])) {
	process.once("disconnect", () => {
		process.kill(process.pid, "SIGTERM");
		setTimeout(() => process.kill(process.pid, "SIGKILL"), PATIENCE).unref();
	});
	process.channel.unref();
}
