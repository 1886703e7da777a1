#!/usr/bin/env node
/** The command `tesserae`. */
import { runProgram } from "./run-program.js";
import { listenForSignals } from "./signals.js";

process.exitCode = await runProgram(process.argv.slice(2), process, listenForSignals());
