/** What `errors.test.ts` tests, by lean requests. */
process.env.TESSERAE_TEST_REQUESTS = "lean";
await import("./errors.test.js");
