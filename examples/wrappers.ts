/** Wrappers: a store made patient, polite, observed, read only, or a part of another, by putting one backend around the other. */
import { connect, type StoreError } from "tesserae";
import { ram } from "tesserae/backends/ram";
import { fault, limit, meter, prefix, readOnly, retry } from "tesserae/wrap";

// A store on a bad day: of ten calls one fails, another is carried out without an answer, and a third is asked to wait.
const bad = fault(ram({ name: "wrapped" }), { seed: 5, errorRate: 0.1, lostRate: 0.1, latency: [0, 2] });
bad.next("put", { error: "THROTTLED", retryAfter: 20 });

// From the inside: count what is really asked, at most 4 calls at once, and try again. One layer tries again; another is refused.
const raw = meter(bad);
const store = retry(limit(raw.backend, { concurrency: 4, metadataConcurrency: 8 }), {
	base: 1,
	attempts: 20,
	onRetry: ({ operation, delay, error }) => {
		if (error.code === "THROTTLED")
			console.log(`${operation}: ${error.code}, again in ${delay >= 20 ? "≥ 20" : "< 20"} ms`);
	},
});

// Whoever goes on from here notices nothing: no write is lost, and none counts twice.
await using con = await connect(store);
const ds = await con.createDataset("scans/monday", { shape: [64], dtype: "int32", chunkShape: [8] });
await con.backend.put("notes", new TextEncoder().encode("…"));
for (let i = 0; i < 64; i++) await ds.set([i], i);
console.log("sum", await ds.sum());

const [asked, made] = [con.meter.snapshot(), raw.snapshot()];
console.log(
	"failed calls, as datasets see it:",
	asked.errors,
	"- as it was:",
	made.errors > 10 ? "more than 10" : made.errors,
);
console.log(
	con.meter
		.prometheus()
		.split("\n")
		.find((line) => line.startsWith("tesserae_operations_total") && line.includes('"get"')),
);

// A part of a store is a store, and can be handed on for reading.
await using part = await connect(readOnly(prefix(ram({ name: "wrapped" }), "scans/")));
const monday = await part.getDataset("monday");
console.log(part.backend.location, "holds", monday.name, "with", await monday.at(63));
await monday.set("...", 0).catch((error: StoreError) => console.log(error.code));

// In a test of one's own: what happens when an answer never comes?
bad.next("get", { slow: Number.POSITIVE_INFINITY });
await ds.get("...", { signal: AbortSignal.timeout(20) }).catch((error: StoreError) => console.log(error.code));
