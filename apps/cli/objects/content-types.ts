/** Media types by the ending of a name: https://www.iana.org/assignments/media-types. What is not here is bytes to whoever gets it. */
const TYPES: { readonly [ending: string]: string } = {
	arrow: "application/vnd.apache.arrow.file",
	avif: "image/avif",
	css: "text/css",
	csv: "text/csv",
	gif: "image/gif",
	gz: "application/gzip",
	htm: "text/html",
	html: "text/html",
	jpeg: "image/jpeg",
	jpg: "image/jpeg",
	js: "text/javascript",
	json: "application/json",
	md: "text/markdown",
	mjs: "text/javascript",
	parquet: "application/vnd.apache.parquet",
	pdf: "application/pdf",
	png: "image/png",
	svg: "image/svg+xml",
	tif: "image/tiff",
	tiff: "image/tiff",
	txt: "text/plain",
	wasm: "application/wasm",
	webp: "image/webp",
	xml: "application/xml",
	zip: "application/zip",
};

export function contentTypeOf(name: string): string | undefined {
	const ending = /\.([A-Za-z0-9]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
	return Object.hasOwn(TYPES, ending) ? TYPES[ending] : undefined;
}
