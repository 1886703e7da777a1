/** Codecs that others write and that are not supported, by name, with what they are: nobody shall look for a mistake of his own. */
export const REFUSED: { readonly [name: string]: string } = {
	zfp: "it needs the C library zfp",
	"numcodecs.zfpy": "it needs the C library zfp",
	"zarrs.zfp": "it needs the C library zfp",
	"numcodecs.pcodec": "it needs the Rust library pco",
	"zarrs.pcodec": "it needs the Rust library pco",
};
