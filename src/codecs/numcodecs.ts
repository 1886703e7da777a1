/** Codecs of this library under the names, and with the settings, that numcodecs gives them (`zarr.codecs.numcodecs`, Zarr v2). */
import { blosc } from "./blosc.js";
import type { ChunkSpec, CodecFactory, Configuration } from "./codec.js";
import { checkMembers, integerMember } from "./configuration.js";
import { gzip } from "./gzip.js";
import { zstd } from "./zstd.js";

export const numcodecsGzip: CodecFactory = renamed(gzip, (configuration) => {
	checkMembers("numcodecs.gzip", configuration, ["level"]);
	return { level: 1, ...configuration };
});

export const numcodecsZstd: CodecFactory = renamed(zstd, (configuration) => {
	checkMembers("numcodecs.zstd", configuration, ["level", "checksum"]);
	return { level: 0, ...configuration };
});

export const numcodecsBlosc: CodecFactory = renamed(blosc, bloscSettings);

const SHUFFLES = ["noshuffle", "shuffle", "bitshuffle"];
const AUTOSHUFFLE = -1;

/** Shuffles are numbers, and elements have the size of the data type's where it is not told. */
function bloscSettings(configuration: Configuration, { dtype }: ChunkSpec): Configuration {
	const name = "numcodecs.blosc";
	checkMembers(name, configuration, ["cname", "clevel", "shuffle", "typesize", "blocksize"]);
	const told: Configuration = { cname: "lz4", clevel: 5, shuffle: 1, blocksize: 0, ...configuration };
	const elementSize = told.typesize ?? dtype.itemSize;
	const number = integerMember(name, told, "shuffle", [AUTOSHUFFLE, SHUFFLES.length - 1]);
	const automatic = elementSize === 1 ? "bitshuffle" : "shuffle";
	return { ...told, typesize: elementSize, shuffle: SHUFFLES[number] ?? automatic };
}

function renamed(
	factory: CodecFactory,
	translate: (configuration: Configuration, spec: ChunkSpec) => Configuration,
): CodecFactory {
	return {
		...factory,
		name: `numcodecs.${factory.name}`,
		parse: (configuration, spec, build) => factory.parse(translate(configuration, spec), spec, build),
	};
}
