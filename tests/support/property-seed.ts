/**
 * Property tests draw the same cases in every run, so that a change is judged by itself; `./run_tests.sh --seed random` looks for new
 * ones, and prints the seed of a failure, to be given again.
 */
import { configureGlobal } from "fast-check";

const { TESSERAE_TEST_SEED: seed = "20260901" } = process.env;
if (seed !== "random") configureGlobal({ seed: Number(seed) });
