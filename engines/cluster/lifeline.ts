/**
 * A thread of every worker process that waits for the end of the owner. The process itself hears of that too, but not while a kernel
 * keeps it busy, and a kernel that never ends would stay for ever.
 */
import { Socket } from "node:net";
import { LIFELINE } from "./messages.js";

/** For the process to end by itself (ms). */
const GRACE = 1000;

const line = new Socket({ fd: LIFELINE, readable: true, writable: false });
line.on("error", () => {});
line.on("close", () => setTimeout(() => process.kill(process.pid, "SIGKILL"), GRACE));
line.resume();
