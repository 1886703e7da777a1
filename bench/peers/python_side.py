"""A side of `npm run bench:peers` in Python: reads one command per line on stdin, answers each with one line of JSON.

Run as `python python_side.py zarr-python|zarrs|tensorstore`. It times itself, so the way there and back does not count. The commands
are those of `Command` in bench/support/peers/side.ts. A selection is a list of [start, stop, step] per axis.
"""

import asyncio
import gc
import hashlib
import json
import resource
import sys
import time
from importlib.metadata import version

import numpy as np


def slices(selection):
    return tuple(slice(*axis) for axis in selection)


def write_chunk_slices(shape, chunk):
    grid = [-(-length // size) for length, size in zip(shape, chunk)]
    for index in np.ndindex(*grid):
        yield tuple(slice(i * c, min((i + 1) * c, n)) for i, c, n in zip(index, chunk, shape))


class ZarrPython:
    """zarr-python with the defaults of its release; with `zarrs`, its codecs are replaced."""

    def __init__(self, with_zarrs):
        import zarr

        self.zarr = zarr
        self.versions = {"zarr-python": zarr.__version__}
        if with_zarrs:
            zarr.config.set({"codec_pipeline.path": "zarrs.ZarrsCodecPipeline"})
            self.versions["zarrs"] = version("zarrs")

    def open(self, path, flushed):
        return self.zarr.open_array(path, mode="r+")

    def create_like(self, source, path, flushed):
        return self.zarr.create_array(
            path,
            shape=source.shape,
            dtype=source.dtype,
            chunks=source.chunks,
            shards=source.shards,
            compressors=source.compressors or None,
            filters=None,
            fill_value=source.fill_value,
            overwrite=True,
        )

    def read(self, array, selection):
        return array[selection]

    def run(self, coroutine):
        asyncio.run(coroutine)

    async def read_many(self, array, selections, concurrency, use):
        asynchronous = await self.zarr.api.asynchronous.open_array(store=array.store, path=array.path, mode="r")
        limit = asyncio.Semaphore(concurrency)

        async def one(i, selection):
            async with limit:
                use(i, await asynchronous.getitem(selection))

        async with asyncio.TaskGroup() as group:
            for i, selection in enumerate(selections):
                group.create_task(one(i, selection))

    def write(self, array, selection, values):
        array[selection] = values

    def copy(self, source, target):
        target[...] = source[...]


class TensorStore:
    """TensorStore with its defaults: no cache; all cores."""

    def __init__(self):
        import tensorstore

        self.ts = tensorstore
        self.versions = {"tensorstore": version("tensorstore")}

    def spec(self, path, flushed):
        kvstore = {"driver": "file", "path": path}
        return {"driver": "zarr3", "kvstore": kvstore, "context": {"file_io_sync": flushed}}

    def open(self, path, flushed):
        return self.ts.open(self.spec(path, flushed)).result()

    def create_like(self, source, path, flushed):
        spec = self.spec(path, flushed)
        return self.ts.open(spec, create=True, delete_existing=True, schema=source.schema).result()

    def read(self, array, selection):
        return array[selection].read().result()

    def run(self, coroutine):
        asyncio.run(coroutine)

    async def read_many(self, array, selections, concurrency, use):
        limit = asyncio.Semaphore(concurrency)

        async def one(i, selection):
            async with limit:
                use(i, await array[selection].read())

        async with asyncio.TaskGroup() as group:
            for i, selection in enumerate(selections):
                group.create_task(one(i, selection))

    def write(self, array, selection, values):
        array[selection].write(values).result()

    def copy(self, source, target):
        """Stored chunk by stored chunk, four at once: quicker here than all in one write, and holds less."""
        running = []
        for selection in write_chunk_slices(source.shape, source.chunk_layout.write_chunk.shape):
            running.append(target[selection].write(source[selection]))
            if len(running) == 4:
                running.pop(0).result()
        for write in running:
            write.result()


SIDES = {"zarr-python": lambda: ZarrPython(False), "zarrs": lambda: ZarrPython(True), "tensorstore": TensorStore}


class Commands:
    def __init__(self, side):
        self.side = side
        self.opened = {}

    def array(self, path, flushed=False):
        if (path, flushed) not in self.opened:
            self.opened[path, flushed] = self.side.open(path, flushed)
        return self.opened[path, flushed]

    def reading(self, command):
        """The work, and the digests of what it reads where they are asked for."""
        array = self.array(command["path"])
        selections = [slices(selection) for selection in command["selections"]]
        digests = [None] * len(selections)

        def use(i, values):
            if command.get("digest"):
                digests[i] = hashlib.sha256(np.ascontiguousarray(values)).hexdigest()

        def one_by_one():
            for i, selection in enumerate(selections):
                use(i, self.side.read(array, selection))

        concurrency = command["concurrency"]
        if concurrency == 1:
            return one_by_one, digests
        return lambda: self.side.run(self.side.read_many(array, selections, concurrency, use)), digests

    def work(self, command):
        what = command["what"]
        if what == "read":
            return self.reading(command)
        if what == "copy":
            source = self.array(command["path"])
            target = self.side.create_like(source, command["to"], command["flushed"])
            return lambda: self.side.copy(source, target), []
        values = self.side.read(self.array(command["path"]), slices(command["from"]))
        target = self.array(command["to"], command["flushed"])
        return lambda: self.side.write(target, slices(command["box"]), values), []

    def run(self, command):
        if command["what"] == "versions":
            return self.side.versions
        if command["what"] == "peak":
            return {"peak": peak() / 1024}
        work, digests = self.work(command)
        gc.collect()
        cpu, wall = time.process_time(), time.perf_counter()
        work()
        took = time.perf_counter() - wall
        answer = {"wall": took * 1000, "cpu": (time.process_time() - cpu) * 1000}
        if command.get("digest"):
            answer["digest"] = hashlib.sha256("".join(digests).encode()).hexdigest()
        return answer


def peak():
    """The most memory resident at once, KiB. On Linux `getrusage` would count the program that started this one."""
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def serve(commands):
    for line in sys.stdin:
        try:
            answer = commands.run(json.loads(line))
        except Exception as error:  # What an implementation cannot do is an answer, too.
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    serve(Commands(SIDES[sys.argv[1]]()))
