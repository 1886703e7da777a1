import { inspect } from "node:util";
import { expect, it } from "vitest";
import { ellipsis, mask, newaxis, slice } from "../../dist/src/selection/selection.js";

it("selections print as they are written", () => {
	expect(inspect([slice(10), slice(3, null), slice(null, 8, -2), ellipsis, newaxis, mask([true, false])])).toBe(
		"[\n  slice(null, 10),\n  slice(3, null),\n  slice(null, 8, -2),\n  ellipsis,\n  newaxis,\n  mask(1 of 2)\n]",
	);
	expect(`${slice(1, 2)} ${ellipsis}`).toBe("slice(1, 2) ellipsis");
});
