/** The package comes without types, and the published ones cannot hold bigint or shared memory. */
declare module "ndarray" {
	function ndarray(data: unknown, shape?: readonly number[], stride?: readonly number[], offset?: number): unknown;
	export = ndarray;
}
