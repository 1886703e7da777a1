"""Many arrays at once, in memory: a pack is {key: base64}, all the objects of one store. Values travel as `wire.py` has them."""

import numpy as np
import tensorstore
import zarr
from wire import from_text, from_wire, to_text, to_wire
from zarr.core.buffer.cpu import Buffer
from zarr.core.dtype import parse_dtype
from zarr.registry import get_codec_class
from zarr.storage import MemoryStore, StorePath


def stages_of(codecs):
    """The codecs as the arguments by which zarr-python takes them."""
    stages = {"ArrayArrayCodec": [], "ArrayBytesCodec": [], "BytesBytesCodec": []}
    for entry in codecs:
        codec = get_codec_class(entry["name"]).from_dict(entry)
        kind = next(base.__name__ for base in type(codec).__mro__ if base.__name__ in stages)
        stages[kind].append(codec)
    return {
        "filters": stages["ArrayArrayCodec"],
        "serializer": stages["ArrayBytesCodec"][0],
        "compressors": stages["BytesBytesCodec"],
    }


class ZarrPack:
    def __init__(self, objects):
        self.contents = {key: Buffer.from_bytes(value) for key, value in objects.items()}
        self.store = MemoryStore(self.contents)

    def create(self, name, document):
        dtype = parse_dtype(document["data_type"], zarr_format=3)
        encoding = document["chunk_key_encoding"]
        zarr.create_array(
            StorePath(self.store, name),
            shape=document["shape"],
            chunks=document["chunk_grid"]["configuration"]["chunk_shape"],
            dtype=dtype,
            fill_value=dtype.from_json_scalar(document["fill_value"], zarr_format=3),
            chunk_key_encoding={"name": encoding["name"], **encoding["configuration"]},
            **stages_of(document["codecs"]),
        )

    def write(self, name, document, region, wire):
        array = zarr.open_array(StorePath(self.store, name), mode="r+")
        index = tuple(slice(start, stop) for start, stop in region)
        if document["data_type"] == "bytes":
            wire = [from_text(item) for item in wire]
        array[index] = from_wire(wire, array.dtype, [stop - start for start, stop in region])

    def read(self, name):
        array = zarr.open_array(StorePath(self.store, name), mode="r")
        # Of an array without axes comes a scalar, which has forgotten the length of its text.
        return np.asarray(array[...], array.dtype)

    def objects(self):
        return {key: value.to_bytes() for key, value in self.contents.items()}


class TensorStorePack:
    def __init__(self, objects):
        self.context = tensorstore.Context()
        self.store = tensorstore.KvStore.open("memory://", context=self.context).result()
        for key, value in objects.items():
            self.store.write(key, value).result()

    def open(self, name, **options):
        spec = {"driver": "zarr3", "kvstore": {"driver": "memory", "path": f"{name}/"}}
        return tensorstore.open({**spec, **options}, context=self.context).result()

    def create(self, name, document):
        self.open(name, metadata=document, create=True)

    def write(self, name, document, region, wire):
        array = self.open(name)
        index = tuple(slice(start, stop) for start, stop in region)
        shape = [stop - start for start, stop in region]
        array[index].write(from_wire(wire, array.dtype.numpy_dtype, shape)).result()

    def read(self, name):
        return self.open(name).read().result()

    def objects(self):
        return {key.decode(): self.store.read(key).result().value for key in self.store.list().result()}


PACKS = {"zarr": ZarrPack, "tensorstore": TensorStorePack}


def reason(error):
    return f"{type(error).__name__}: {error}"[:300]


def write_pack(peer, rows):
    """Makes the arrays of `rows`: {"name", "document", "region", "values"}. What fails is told in `failures` by name."""
    pack = PACKS[peer]({})
    failures = {}
    for row in rows:
        try:
            pack.create(row["name"], row["document"])
            pack.write(row["name"], row["document"], row["region"], row["values"])
        except Exception as error:
            failures[row["name"]] = reason(error)
    return {"failures": failures, "objects": {key: to_text(value) for key, value in pack.objects().items()}}


def read_pack(peer, names, objects):
    """Each array's shape and values, or why it cannot be read."""
    pack = PACKS[peer]({key: from_text(value) for key, value in objects.items()})
    return {name: view(pack, name) for name in names}


def view(pack, name):
    try:
        values = pack.read(name)
        return {"shape": values.shape, "values": to_wire(values)}
    except Exception as error:
        return {"error": reason(error)}
