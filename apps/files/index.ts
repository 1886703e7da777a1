/** Reading and writing array files: npy, npz, HDF5, NIfTI (read), PNG and CSV (write); and npy, PNG and JPEG as bytes, for objects. */
export {
	canOpen,
	canWrite,
	checkWritable,
	type OpenAnyOptions,
	openAny,
	type WriteAnyOptions,
	writeAny,
} from "./any.js";
export { type CsvOptions, writeCsv } from "./csv.js";
export { type OpenHdf5Options, openHdf5 } from "./hdf5/read.js";
export { type WriteHdf5Options, writeHdf5 } from "./hdf5/write.js";
export { type DecodeImageOptions, decodeImage } from "./images/decode.js";
export { encodeImage } from "./images/encode.js";
export { type OpenNiftiOptions, openNifti } from "./nifti/read.js";
export { decodeNpy, openNpy } from "./npy/read.js";
export { encodeNpy, writeNpy } from "./npy/write.js";
export { type OpenNpzOptions, openNpz } from "./npz/read.js";
export { type NpzMember, type WriteNpzOptions, writeNpz } from "./npz/write.js";
export type { Colormap } from "./png/colormaps.js";
export { encodePng, type PngOptions, writePng } from "./png/write.js";
export type { ValueOptions, Values } from "./selected-values.js";
