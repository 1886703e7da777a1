/** Types of format 2 that zarr-python has and the library does not have yet: refused by name, whole and at once, never misread. */
import { connect } from "tesserae";
import { afterAll, describe, expect, it } from "vitest";
import type { JsonObject } from "../../dist/src/format/json.js";
import { LATER } from "./cases.js";
import { openPeer, type Peer, PYTHONS, putObjects } from "./peer.js";

const opened = await Promise.all(PYTHONS.map(async (python) => ({ ...python, opened: await openPeer(python) })));

describe.each(opened)("$title", ({ opened, version }) => {
	afterAll(() => opened?.close());

	it.skipIf(opened === undefined)("writes and reads them, and we refuse them by name", async () => {
		const peer = opened as Peer;
		const cases = LATER.filter(({ onlyZarr2 }) => version === 2 || !onlyZarr2);
		const rows = cases.map(({ wire, fillWire, ...row }, i): JsonObject => {
			const { title: _, values: __, fill: ___, onlyZarr2: ____, refused: _____, ...request } = row;
			return { ...(request as unknown as JsonObject), name: `case${i}`, fill: fillWire, values: wire, attributes: {} };
		});
		const { objects, views } = await peer.ask("write_all", { rows });
		const con = await connect("ram:");
		await putObjects(con, objects);
		for (const [i, { title, wire }] of cases.entries()) {
			expect.soft((views as JsonObject)[`case${i}`], title).toMatchObject({ values: wire });
			const refusal = con.getDataset(`case${i}`);
			await expect.soft(refusal, title).rejects.toMatchObject({ code: "UNSUPPORTED", key: `case${i}/.zarray` });
		}
		await con.close();
	});
});
