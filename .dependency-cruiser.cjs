/** Who may know whom. The picture and its reasons are in README.md, "Folder map". */

/** A rule: files under `from` may import only what `to` allows (and their own kind). */
const only = (name, from, allowed, comment) => ({
	name,
	comment,
	severity: "error",
	from: { path: from },
	to: { pathNot: allowed, dependencyTypesNot: ["core"] },
});

module.exports = {
	forbidden: [
		{ name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
		{
			name: "no-orphans",
			severity: "error",
			from: { orphan: true, pathNot: ["\\.d\\.ts$", "\\.(test|config)\\.ts$", "^bench/", "^examples/"] },
			to: {},
		},
		{
			name: "no-unlisted-packages",
			severity: "error",
			from: { path: "^(src|backends|engines|conformance)/" },
			// What is an optional peer is installed here as a package for development, too.
			to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"], dependencyTypesNot: ["npm-peer"] },
		},
		only(
			"selection-is-pure",
			"^src/selection/",
			"^src/(selection|format|values)/|^src/errors\\.ts$",
			"plans are data: no npm package, no I/O",
		),
		only(
			"format-is-pure",
			"^src/format/",
			"^src/(selection|format)/|^src/errors\\.ts$",
			"metadata is text and numbers: no npm package, no I/O",
		),
		only(
			"values-are-pure",
			"^src/values/",
			"^src/(values|selection|format)/|^src/(errors|shared-memory)\\.ts$|node_modules/ndarray/",
			"only the array package",
		),
		only(
			"codecs",
			"^src/codecs/",
			"^src/(codecs|format|selection)/|^src/errors\\.ts$|node_modules/",
			"a codec sees bytes and chunks, never a store",
		),
		only(
			"objects",
			"^src/(object-store\\.ts|objects/)",
			"^src/objects/|^src/(backend|call-options|engine|job|errors|inspect|session|unknown-options)\\.ts$|^src/format/json",
			"an object is bytes, never an array",
		),
		only(
			"wrap",
			"^src/wrap/",
			"^src/wrap/|^src/(backend|errors|open-spec|unknown-options)\\.ts$",
			"a wrapper sees a store, never an array",
		),
		only(
			"chunks",
			"^src/(chunk-(read|parts|write|commit|edit|errors|source|forms|memory)|stored-array|object-notes|range-tuner)\\.ts$",
			"^src/(codecs|format|selection)/|^src/(backend|errors|lanes|recycler|stored-array|chunk-(commit|parts|edit|errors|source|forms|memory)|object-notes|range-tuner|shared-memory)\\.ts$",
			"where bytes become values",
		),
		only(
			"config",
			"^src/config/",
			"^src/config/|^src/(connection-options|errors|log|rank-environment|target-text|unknown-options)\\.ts$|node_modules/smol-toml/",
			"what a file says becomes options of connect, and nothing is opened",
		),
		only(
			"engine",
			"^src/(engine|job|largest-first|memory-budget|shared-job|turns|world)\\.ts$",
			"^src/(call-options|errors|job|largest-first|log|memory-budget|shared-job|stored-array|turns|world)\\.ts$",
			"the loop knows numbers and bytes in flight, nothing else",
		),
		{
			name: "nobody-calls-back-up",
			comment: "operations are called by the dataset, the dataset by the connection",
			severity: "error",
			from: {
				path: "^src/",
				pathNot: "^src/(connect|connection|dataset|data-chunk|group|index|reopen-target|targets)\\.ts$",
			},
			to: { path: "^src/(connect|connection|dataset|data-chunk|group|index|reopen-target|targets)\\.ts$" },
		},
		{
			name: "src-names-no-backend-or-engine",
			comment: "only through the package's own exports",
			severity: "error",
			from: { path: "^src/" },
			to: { path: "^(backends|engines)/", pathNot: "index\\.ts$" },
		},
		{
			name: "backends-know-the-contract-only",
			severity: "error",
			from: { path: "^backends/([^/]+)/" },
			to: {
				path: "^(src|backends|engines|conformance)/",
				pathNot:
					"^src/(backend|errors|object-service|shared-memory|wrap/(retry|limit|attempts))\\.ts$|^backends/($1|shared)/",
			},
		},
		{
			name: "engines-know-the-contract-only",
			severity: "error",
			from: { path: "^engines/([^/]+)/" },
			to: {
				path: "^(src|backends|engines|conformance)/",
				pathNot:
					"^src/(engine|backend|stored-array|chunk-source|range-tuner|errors|kernel|log|rank-environment|shared-memory|open-spec|unknown-options|world|operations/jobs|format/(array-text|names)|wrap/(meter|counts))\\.ts$|^engines/($1|shared)/",
			},
		},
		{
			name: "apps-use-src",
			comment: "what is built on the library opens stores by their targets, never a backend or an engine by file",
			severity: "error",
			from: { path: "^apps/([^/]+)/" },
			to: { path: "^(backends|engines|conformance|tests|examples|apps)/", pathNot: "^apps/$1/" },
		},
		{
			name: "apps-list-their-packages",
			severity: "error",
			from: { path: "^apps/" },
			to: { path: "node_modules/", dependencyTypesNot: ["npm", "npm-optional", "npm-peer"] },
		},
		{
			name: "conformance-uses-src",
			severity: "error",
			from: { path: "^conformance/" },
			to: { path: "^(backends|engines|tests|examples)/" },
		},
		{
			name: "browser-safe",
			comment: "these run in browsers: Node's own modules are fetched at run time where there are any",
			severity: "error",
			from: { path: "^(src|backends/(ram|http)|engines/sequential)/" },
			to: { dependencyTypes: ["core"], dependencyTypesNot: ["type-only"] },
		},
		{
			name: "examples-use-the-package",
			severity: "error",
			from: { path: "^examples/" },
			to: { path: "^(src|backends|engines|apps|conformance)/", dependencyTypesNot: ["aliased", "localmodule", "npm"] },
		},
	],
	options: {
		tsPreCompilationDeps: true,
		tsConfig: { fileName: "tsconfig.json" },
		doNotFollow: { path: ["node_modules", "^dist"] },
		enhancedResolveOptions: {
			exportsFields: ["exports"],
			conditionNames: ["import", "types", "default"],
			mainFields: ["types", "main"],
		},
	},
};
