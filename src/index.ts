/** tesserae: chunked N-dimensional arrays on object storage. */
export { type Address, formatAddress, parseAddress } from "./address.js";
export type * from "./backend.js";
export { checkKey, spanOf } from "./backend.js";
export { connect } from "./connect.js";
export type { Connection } from "./connection.js";
export type { CommonOptions, ConnectOptions } from "./connection-options.js";
export type { DataChunk, WriteOptions } from "./data-chunk.js";
export type { CreateFromData, CreateOptions, Dataset } from "./dataset.js";
export type { CallOptions, Engine, EngineCapabilities, Job, JobSpec, Progress, Runner } from "./engine.js";
export { type ErrorCode, type ErrorContext, isStoreError, StoreError } from "./errors.js";
export type { DType, DTypeLike, NumericName, ScalarOf, TypedArray, TypedArrayOf } from "./format/data-types.js";
export type { Attributes, Json } from "./format/metadata.js";
export type { Group } from "./group.js";
export { type BlockContext, type Kernel, type KernelFunction, type KernelResult, kernel } from "./kernel.js";
export type { Logger, LogLevel } from "./log.js";
export { formatObjectAddress, type ObjectAddress, parseObjectAddress } from "./object-address.js";
export type { ObjectService } from "./object-service.js";
export type { ObjectStore } from "./object-store.js";
export type { ObjectBody } from "./objects/body.js";
export { parseRange } from "./objects/byte-ranges.js";
export type { ListObjectsOptions, ObjectEntry } from "./objects/object-list.js";
export type {
	CopyObjectOptions,
	DeletePrefixOptions,
	GetObjectOptions,
	PutObjectOptions,
	StreamOptions,
} from "./objects/object-options.js";
export type { RandomAccess } from "./objects/random-access.js";
export type { Explanation } from "./operations/access/explain.js";
export type { GetOptions } from "./operations/access/read.js";
export type { Block, BlocksOptions } from "./operations/blocks/blocks.js";
export type { Boundary } from "./operations/blocks/boundary.js";
export type { CreateGroupOptions } from "./operations/create/create-group.js";
export type { Member, MemberOptions } from "./operations/hierarchy/members.js";
export type { LoadOptions } from "./operations/load/load.js";
export type { SlabSource, Slabs } from "./operations/load/load-slabs.js";
export type { ApplyOptions, BlockOptions, MapOptions } from "./operations/map/map-options.js";
export type { Histogram, HistogramOptions } from "./operations/statistics/histogram.js";
export type { Combine, PartialContext, ReduceFunction, ReduceOptions } from "./operations/statistics/reduce.js";
export type { StatisticOptions, StdOptions } from "./operations/statistics/statistic-options.js";
export type { Finding, Repair, Verification, VerifyOptions } from "./operations/verify/verification.js";
export type { StoreVerification } from "./operations/verify/verify-store.js";
export type { AxisLengths } from "./selection/edges.js";
export { ellipsis, mask, newaxis, type Selection, slice } from "./selection/selection.js";
export { use } from "./targets.js";
export type { Casting } from "./values/cast.js";
export { type ArrayLike, empty, type NdArray, ndArray } from "./values/nd-array.js";
export { formatTime, toDate } from "./values/times.js";
