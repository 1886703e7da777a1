import { type Capabilities, connect } from "tesserae";
import { ram } from "tesserae/backends/ram";
import { datasetConformance } from "tesserae/conformance";
import { fault, limit, retry } from "tesserae/wrap";
import { describe, test } from "vitest";
import { Lesser } from "../backends/lesser.js";

let seed = 0;

describe.each<[what: string, lacks: Partial<Capabilities>]>([
	["", {}],
	[
		", writes one object at a time, and cannot delete on condition",
		{ atomicMultiPut: false, conditionalDelete: false },
	],
])("datasets on a store that fails and loses answers, and is asked again%s", (_, lacks) => {
	datasetConformance(test, () => {
		const failing = fault(new Lesser(ram(), lacks), { errorRate: 0.1, lostRate: 0.1, seed: ++seed });
		return connect(retry(limit(failing), { base: 0, cap: 0, attempts: 20, budget: Number.POSITIVE_INFINITY }));
	});
});
