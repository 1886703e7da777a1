"""The Python side of the benchmarks: reads one command per line on stdin, answers each with one line of JSON.

It times itself, so the way there and back does not count; the interpreter stays warm between commands.
"""

import gc
import hashlib
import json
import sys
import time

import numpy as np

try:
    import zarr
    from zarr.storage import MemoryStore
except ImportError:
    zarr = None

SHAPE = (256, 512, 512)
SELECTIONS = {
    "...": (...,),
    "::2, ::2, ::2": (slice(None, None, 2),) * 3,
    "::-1": (slice(None, None, -1),),
}


def cube():
    """The same values as `values` in cube.ts."""
    i = np.arange(np.prod(SHAPE), dtype=np.uint32)
    noise = (i * np.uint32(0x9E3779B1)) >> np.uint32(28)
    return (((i >> np.uint32(6)) & np.uint32(0xFFF)) * np.uint32(16) + noise).astype(np.float32).reshape(SHAPE)


class Peer:
    def __init__(self):
        self.values = cube()
        self.out = None
        self.arrays = {}

    def array(self, side, codec):
        if (side, codec) not in self.arrays:
            self.arrays.clear()
            compressors = None if codec == "raw" else [zarr.codecs.ZstdCodec(level=1)]
            chunks = (side,) * 3
            made = zarr.create_array(
                MemoryStore(), shape=SHAPE, chunks=chunks, dtype="float32", filters=None, compressors=compressors
            )
            made[...] = self.values
            self.arrays[side, codec] = made
        return self.arrays[side, codec]

    def work(self, command):
        selection = SELECTIONS[command["selection"]]
        if command["what"] == "zarr":
            array = self.array(command["side"], command["codec"])
            return lambda: array[selection]
        if command["what"] == "numpy":
            return lambda: np.ascontiguousarray(self.values[selection])
        shape = self.values[selection].shape
        if self.out is None or self.out.shape != shape:
            self.out = np.ones(shape, np.float32)
        return lambda: np.copyto(self.out, self.values[selection])

    def run(self, command):
        if command["what"] == "versions":
            return {"numpy": np.__version__, **({"zarr-python": zarr.__version__} if zarr else {})}
        work = self.work(command)
        gc.collect()
        cpu, wall = time.process_time(), time.perf_counter()
        result = work()
        answer = {"wall": (time.perf_counter() - wall) * 1000, "cpu": (time.process_time() - cpu) * 1000}
        if command.get("digest"):
            answer["digest"] = hashlib.sha256(self.out if result is None else result).hexdigest()
        return answer


def main():
    peer = Peer()
    for line in sys.stdin:
        print(json.dumps(peer.run(json.loads(line))), flush=True)


main()
