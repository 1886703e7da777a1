"""The other side of the tests of format 2: zarr-python, version 2 or 3, asked by JSON on standard input, one request per line.

A request is {"do": "write" | "read" | "edit", "path": directory, …}, the answer {"result": …} or {"error": text}. Values travel as base64 of the
stored type with little-endian words, in row-major order.
"""

import base64
import json
import sys
import warnings

import numcodecs
import numpy as np
import zarr

warnings.simplefilter("ignore")
V3 = zarr.__version__.startswith("3")
EXTRA = {"zarr_format": 2} if V3 else {}


def to_text(values):
    values = np.ascontiguousarray(values)
    return base64.b64encode(values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes()).decode()


def from_text(text, dtype, shape):
    return np.frombuffer(base64.b64decode(text), np.dtype(dtype).newbyteorder("<")).reshape(shape)


def codec(settings):
    return None if settings is None else numcodecs.get_codec(dict(settings))


def write(path, dtype, shape, chunks, order, separator, compressor, filters, fill, values, attributes):
    array = zarr.open_array(
        path,
        mode="w",
        shape=shape,
        chunks=chunks,
        dtype=dtype,
        order=order,
        dimension_separator=separator,
        compressor=codec(compressor),
        filters=None if filters is None else [codec(f) for f in filters],
        fill_value=None if fill is None else from_text(fill, dtype, ())[()],
        **EXTRA,
    )
    array[...] = from_text(values, dtype, shape)
    array.attrs.update(attributes)
    return read(path)


def read(path):
    array = zarr.open_array(path, mode="r")
    fill = None if array.fill_value is None else to_text(np.asarray(array.fill_value, array.dtype))
    return {
        "shape": array.shape,
        "chunks": array.chunks,
        "dtype": array.dtype.str,
        "order": array.order,
        "fill": fill,
        "attributes": dict(array.attrs),
        "values": to_text(array[...]),
    }


def edit(path, start, stop, values):
    array = zarr.open_array(path, mode="r+")
    array[start:stop] = from_text(values, array.dtype, (stop - start, *array.shape[1:]))


def group(path, attributes):
    """A group of a group, with attributes each."""
    root = zarr.open_group(path, mode="w", **EXTRA)
    root.attrs.update(attributes)
    root.create_group("inner").attrs.update(attributes)


def tree(path):
    root = zarr.open_group(path, mode="r")
    members = {name: "group" if isinstance(root[name], zarr.Group) else "array" for name in root}
    return {"attributes": dict(root.attrs), "members": members}


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


COMMANDS = {f.__name__: f for f in (write, read, edit, group, tree, consolidated)}


def answer(request):
    try:
        return {"result": COMMANDS[request.pop("do")](**request)}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    print(json.dumps({"zarr": zarr.__version__, "numcodecs": numcodecs.__version__}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)
