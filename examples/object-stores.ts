/**
 * Object stores: a bucket of Amazon S3, of a Ceph cluster or of any service like them is opened as any store is, and what it can do is measured before
 * anything depends on it. Runs in memory, or in the bucket that the environment variable STORE names.
 */
import { randomUUID } from "node:crypto";
import { connect, slice } from "tesserae";
import { service } from "tesserae/backends/s3";

const bucket = process.env.STORE; // such as ceph://bucket, with AWS_ENDPOINT_URL_S3=http://gateway:7480
// Credentials come from the environment or a profile, the address from `endpoint` or AWS_ENDPOINT_URL_S3: never from the target.
const directory = `example-${randomUUID()}`;
const place = bucket === undefined ? "ram:object-stores" : `${bucket}/${directory}`;
await using con = await connect(place);

// Some servers accept a condition and ignore it, so nothing is taken on trust.
const { createIfAbsent, compareAndSwap, ranges } = await con.probe();
console.log("measured:", JSON.stringify({ createIfAbsent, compareAndSwap, ranges }));

// Two writers, each with a connection of its own, change the same chunks. Without compare-and-swap one at a time has to, and says so.
const writeSafety = compareAndSwap ? "compare-and-swap" : "single-writer";
await using other = await connect(place, { writeSafety });
await using writer = await connect(place, { writeSafety });
const volume = await writer.createDataset("volume", { shape: [64, 64, 64], dtype: "uint16", chunkShape: [32, 32, 32] });
const same = await other.getDataset("volume");
const writeEvens = async (): Promise<void> => {
	for (let z = 0; z < 64; z += 2) await volume.set([z], z);
};
const writeOdds = async (): Promise<void> => {
	for (let z = 1; z < 64; z += 2) await same.set([z], z);
};
await (compareAndSwap ? Promise.all([writeEvens(), writeOdds()]) : writeEvens().then(writeOdds));
const column = await volume.get([slice(null), 5, 5]);
console.log("lost:", Array.from({ length: 64 }, (_, z) => z).filter((z) => column.get(z) !== z).length);

// A small part of a large array costs a few small requests.
const before = con.meter.snapshot();
await (await con.getDataset("volume")).get([3, slice(4), slice(4)]);
console.log("requests:", con.meter.snapshot().operations - before.operations);

// Beside arrays, objects; and for others who have no credentials, a URL for an hour.
await con.store.put("notes.txt", "measured on Monday\n", { contentType: "text/plain" });
if (bucket !== undefined) {
	const signer = service(bucket.replace(/^\w+:/, ""));
	const url = await signer.presignGet(`${directory}/notes.txt`, { expires: 3600 });
	console.log("signed:", await (await fetch(url)).text());
	await signer.close();
}

await con.store.deletePrefix("", { all: true });
