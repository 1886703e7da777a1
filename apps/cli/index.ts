#!/usr/bin/env node
/** The command `tesserae`. */
import { runProgram } from "./run-program.js";

process.exitCode = await runProgram(process.argv.slice(2));
