/** A codec that is named without settings gets its usual ones, which fit the data type. */
import { connect } from "tesserae";
import { expect, test } from "vitest";

test.each(["gzip", "zstd", "blosc", "crc32c"])("%s needs no settings", async (codec) => {
	const con = await connect("ram:");
	for (const dtype of ["uint8", "int16", "float64", "complex64"] as const) {
		const ds = await con.createDataset(dtype, { shape: [40], dtype, chunkShape: [16], codecs: [codec] });
		await ds.set("3:39", 7);
		const { data } = await ds.get("2:4");
		expect(Array.from(data, Number)).toEqual(dtype === "complex64" ? [0, 0, 7, 0] : [0, 7]);
		expect((await con.getDataset(dtype)).codecs.map(({ name }) => name)).toEqual(["bytes", codec]);
	}
	await con.close();
});
