/** What `misbehaving.test.ts` tests, by lean requests. */
process.env.TESSERAE_TEST_REQUESTS = "lean";
await import("./misbehaving.test.js");
