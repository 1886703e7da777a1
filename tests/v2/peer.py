"""The other side of the tests of format 2: zarr-python, version 2 or 3, asked by JSON on standard input, one request per line.

A request is {"do": name, …}, the answer {"result": …} or {"error": text}. A store is {key: base64}; values travel as `tests/interop/wire.py` has
them.
"""

import json
import sys
import warnings
from pathlib import Path

import numcodecs
import numpy as np
import zarr

sys.path.insert(0, str(Path(__file__).parents[1] / "interop"))
from wire import from_text, from_wire, to_text, to_wire  # noqa: E402

warnings.simplefilter("ignore")
V3 = zarr.__version__.startswith("3")
EXTRA = {"zarr_format": 2} if V3 else {}

if V3:
    from zarr.core.buffer.cpu import Buffer
    from zarr.storage import MemoryStore


class Pack:
    """Objects in memory, as the store that this version of zarr-python takes."""

    def __init__(self, objects):
        contents = {key: from_text(text) for key, text in objects.items()}
        self.contents = {key: Buffer.from_bytes(value) for key, value in contents.items()} if V3 else contents
        self.store = MemoryStore(self.contents) if V3 else self.contents

    def objects(self):
        return {key: to_text(value.to_bytes() if V3 else bytes(value)) for key, value in self.contents.items()}


def codec(settings):
    return None if settings is None else numcodecs.get_codec(dict(settings))


def type_of(dtype):
    return np.dtype(dtype if isinstance(dtype, str) else [(name, type_of(field)) for name, field in dtype])


def create(pack, row):
    dtype, fill = type_of(row["dtype"]), row["fill"]
    array = zarr.open_array(
        pack.store,
        path=row["name"],
        mode="w",
        shape=row["shape"],
        chunks=row["chunks"],
        dtype=dtype,
        order=row["order"],
        dimension_separator=row["separator"],
        compressor=codec(row["compressor"]),
        filters=None if row["filters"] is None else [codec(f) for f in row["filters"]],
        fill_value=fill if fill is None or dtype.kind == "O" else from_wire(fill, dtype, ())[()],
        **({"object_codec": codec(row["object_codec"])} if row.get("object_codec") else {}),
        **EXTRA,
    )
    wire = row["values"]
    if dtype.kind == "O" and row["object_codec"]["id"] == "vlen-bytes":
        wire = [from_text(item) for item in wire]
    array[...] = from_wire(wire, dtype, row["shape"])
    array.attrs.update(row["attributes"])


def view(pack, name):
    array = zarr.open_array(pack.store, path=name, mode="r")
    fill = array.fill_value
    if fill is not None and array.dtype.kind != "O":
        fill = to_wire(np.asarray(fill, array.dtype))
    return {
        "shape": array.shape,
        "chunks": array.chunks,
        "dtype": array.dtype.descr if array.dtype.names else array.dtype.str,
        "order": array.order,
        "fill": fill,
        "attributes": dict(array.attrs),
        "values": to_wire(array[...]),
    }


def outcome(function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"[:300]}


def write_all(rows):
    """Makes arrays, and tells how it reads each itself."""
    pack = Pack({})
    failures = {row["name"]: outcome(create, pack, row) for row in rows}
    views = {name: failure or outcome(view, pack, name) for name, failure in failures.items()}
    return {"objects": pack.objects(), "views": views}


def read_all(names, objects):
    pack = Pack(objects)
    return {name: outcome(view, pack, name) for name in names}


def consolidated(path):
    """Everything below a group as its consolidated metadata has it."""
    root = zarr.open_consolidated(path, **EXTRA)
    nodes = {}
    if V3:
        nodes = dict(root.members(max_depth=None))
    else:
        root.visititems(nodes.__setitem__)
    shapes = {name: node.shape for name, node in nodes.items() if isinstance(node, zarr.Array)}
    return {"attributes": {name: dict(node.attrs) for name, node in sorted(nodes.items())}, "shapes": shapes}


def edit(name, start, stop, values, objects):
    pack = Pack(objects)
    array = zarr.open_array(pack.store, path=name, mode="r+")
    array[start:stop] = from_wire(values, array.dtype, (stop - start, *array.shape[1:]))
    return pack.objects()


def hierarchy(groups, arrays, consolidated):
    """Groups by path, "" being the root, with attributes, and arrays of three numbers."""
    pack = Pack({})
    for path, attributes in groups.items():
        zarr.open_group(pack.store, path=path, mode="w", **EXTRA).attrs.update(attributes)
    root = zarr.open_group(pack.store, mode="r+", **EXTRA)
    for path in arrays:
        root.create_dataset(path, shape=3, chunks=2, dtype="<i2", fill_value=7)[:2] = [1, 2]
    if consolidated:
        zarr.consolidate_metadata(pack.store, **EXTRA)
    return pack.objects()


def members_of(group, prefix=""):
    found = {}
    for name in group:
        node = group[name]
        is_group = isinstance(node, zarr.Group)
        found[prefix + name] = {"kind": "group" if is_group else "array", "attributes": dict(node.attrs)}
        if is_group:
            found.update(members_of(node, f"{prefix}{name}/"))
    return found


def tree(path, objects, consolidated):
    """All nodes below a group, from the store or from its consolidated metadata."""
    pack = Pack(objects)
    if consolidated and not V3:
        root = zarr.open_consolidated(pack.store, path=path, mode="r")
    else:
        root = zarr.open_group(pack.store, path=path, mode="r", **({"use_consolidated": consolidated} if V3 else {}))
    return {"attributes": dict(root.attrs), "members": members_of(root)}


COMMANDS = {f.__name__: f for f in (write_all, read_all, edit, hierarchy, tree, consolidated)}


def answer(request):
    try:
        return {"result": COMMANDS[request.pop("do")](**request)}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    print(json.dumps({"zarr": zarr.__version__, "numcodecs": numcodecs.__version__}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)
