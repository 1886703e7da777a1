"""The other side of the interoperability tests: zarr-python and TensorStore, asked by JSON, one request and one answer per line.

A request is {"do": name, "peer": "zarr" | "tensorstore", "path": directory, …}; the answer {"result": …} or {"error": text}. Values
travel as base64 of little-endian elements in row-major order, so that every bit of them counts. What an array is like is said by a
document with the members of `zarr.json`.
"""

import base64
import json
import sys
from importlib.metadata import version

try:
    import numcodecs
    import numpy as np
    import tensorstore
    import zarr

    from packs import read_pack, stages_of, write_pack
    from xarray_peer import xarray_read, xarray_tree, xarray_write
except ImportError as error:
    sys.exit(f"{error}: install tests/interop/requirements.txt")


def numpy_type(document):
    return np.dtype(document["data_type"]).newbyteorder("<")


def to_text(values):
    values = np.asarray(values)
    return base64.b64encode(values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes()).decode()


def from_text(text, dtype, shape):
    return np.frombuffer(base64.b64decode(text), np.dtype(dtype).newbyteorder("<")).reshape(shape)


def index_of(region):
    return tuple(slice(start, stop) for start, stop in region)


class ZarrPython:
    def create(self, path, document, fill):
        encoding = document["chunk_key_encoding"]
        zarr.create_array(
            path,
            shape=document["shape"],
            chunks=document["chunk_grid"]["configuration"]["chunk_shape"],
            dtype=document["data_type"],
            fill_value=from_text(fill, numpy_type(document), ())[()],
            chunk_key_encoding={"name": encoding["name"], **encoding["configuration"]},
            attributes=document["attributes"],
            dimension_names=document.get("dimension_names"),
            **stages_of(document["codecs"]),
        )

    def open(self, path):
        return zarr.open_array(path, mode="r+")

    def read(self, path):
        return self.open(path)[...]

    def write(self, path, region, values):
        array = self.open(path)
        array[index_of(region)] = from_text(values, array.dtype, [stop - start for start, stop in region])

    def resize(self, path, shape):
        self.open(path).resize(shape)

    def describe(self, path):
        array = self.open(path)
        return {
            "shape": array.shape,
            "data_type": array.dtype.name,
            "chunk_shape": array.metadata.chunk_grid.chunk_shape,
            "fill": to_text(np.asarray(array.fill_value, array.dtype)),
            "dimension_names": array.metadata.dimension_names,
            "attributes": array.attrs.asdict(),
        }


class TensorStore:
    def create(self, path, document, fill):
        tensorstore.open({**self.spec(path), "metadata": document, "create": True}).result()

    def spec(self, path):
        return {"driver": "zarr3", "kvstore": {"driver": "file", "path": f"{path}/"}}

    def open(self, path):
        return tensorstore.open(self.spec(path), open=True).result()

    def read(self, path):
        return self.open(path).read().result()

    def write(self, path, region, values):
        array = self.open(path)
        shape = [stop - start for start, stop in region]
        array[index_of(region)].write(from_text(values, array.dtype.numpy_dtype, shape)).result()

    def resize(self, path, shape):
        self.open(path).resize(exclusive_max=shape).result()

    def describe(self, path):
        array = self.open(path)
        metadata = array.spec().to_json()["metadata"]
        return {
            "shape": array.shape,
            "data_type": array.dtype.name,
            "chunk_shape": array.chunk_layout.write_chunk.shape or (),
            "fill": to_text(array.fill_value),
            "dimension_names": metadata.get("dimension_names"),
            "attributes": metadata.get("attributes", {}),
        }


PEERS = {"zarr": ZarrPython(), "tensorstore": TensorStore()}


def create(peer, path, document, fill, region, values):
    PEERS[peer].create(path, document, fill)
    PEERS[peer].write(path, region, values)


def read(peer, path):
    return {**PEERS[peer].describe(path), "values": to_text(PEERS[peer].read(path))}


def write(peer, path, region, values):
    PEERS[peer].write(path, region, values)


def resize(peer, path, shape):
    PEERS[peer].resize(path, shape)


def append(path, values, shape, axis):
    array = zarr.open_array(path, mode="r+")
    array.append(from_text(values, array.dtype, shape), axis=axis)


def set_attributes(path, attributes):
    zarr.open_array(path, mode="r+").attrs.update(attributes)


def create_groups(path, groups):
    """`groups` by path, "" being the root: their attributes."""
    for name, attributes in groups.items():
        zarr.create_group(path, path=name, attributes=attributes)


def read_groups(path, consolidated):
    root = zarr.open_group(path, mode="r", use_consolidated=consolidated)
    members = {name: "group" if isinstance(node, zarr.Group) else "array" for name, node in root.members(max_depth=None)}
    groups = {"": root.attrs.asdict(), **{name: root[name].attrs.asdict() for name in members if members[name] == "group"}}
    return {"members": members, "groups": groups}


def consolidate(path):
    zarr.consolidate_metadata(path)


def encode_bytes(codec, contents):
    """By the codec of numcodecs with these settings, `id` among them."""
    numcodec = numcodecs.get_codec(codec)
    return [to_text(np.frombuffer(numcodec.encode(from_text(text, "u1", -1)), "u1")) for text in contents]


def decode_bytes(codec, contents):
    numcodec = numcodecs.get_codec(codec)
    return [to_text(np.frombuffer(numcodec.decode(from_text(text, "u1", -1)), "u1")) for text in contents]


COMMANDS = {
    f.__name__: f
    for f in (
        *(create, read, write, resize, append, set_attributes, create_groups, read_groups, consolidate),
        *(encode_bytes, decode_bytes, write_pack, read_pack),
        *(xarray_read, xarray_tree, xarray_write),
    )
}


def answer(request):
    try:
        return {"result": COMMANDS[request.pop("do")](**request)}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    print(json.dumps({"zarr": zarr.__version__, "tensorstore": version("tensorstore")}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)
