/** How often a property is tried whose cases take long: some here, which see most mistakes, and all in `.ci/run`. */
export function tries(all: number, some: number): number {
	return process.env.CI === undefined ? some : all;
}
