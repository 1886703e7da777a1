"""xarray over zarr-python: what it makes of groups that others wrote, and groups that it writes itself."""

import numpy as np
import xarray
from wire import to_wire

ENCODINGS = {
    2: {
        "packed": {"dtype": "int16", "scale_factor": 0.5, "add_offset": 10.0, "_FillValue": -999, "chunks": (2, 2, 3)},
        "plain": {"chunks": (3, 2)},
    },
    3: {
        "packed": {"dtype": "int16", "scale_factor": 0.5, "add_offset": 10.0, "_FillValue": -999, "chunks": (2, 2, 3)},
        "plain": {"chunks": (2, 1), "shards": (4, 2)},
    },
}


def variable(values):
    return {
        "dims": values.dims,
        "dtype": values.dtype.str,
        "values": to_wire(values.values),
        "attributes": {name: np.asarray(value).tolist() for name, value in values.attrs.items()},
    }


def xarray_read(path, group, consolidated, zarr_format):
    """The variables of a group, decoded as the conventions of climate and forecast metadata say."""
    options = {"consolidated": consolidated, "zarr_format": zarr_format, "chunks": None}
    with xarray.open_zarr(path, group=group, **options) as dataset:
        return {
            "sizes": dict(dataset.sizes),
            "attributes": dataset.attrs,
            "coordinates": {name: variable(values) for name, values in dataset.coords.items()},
            "variables": {name: variable(values) for name, values in dataset.data_vars.items()},
        }


def xarray_tree(path):
    """The groups of a hierarchy, with the names of the variables in each."""
    with xarray.open_datatree(path, engine="zarr") as tree:
        return {node.path: sorted(map(str, node.to_dataset(inherit=False).variables)) for node in tree.subtree}


def xarray_write(path, zarr_format, consolidated):
    """A group with coordinates of its dimensions, packed numbers, booleans, times and a scalar."""
    packed = np.arange(4 * 3 * 5).reshape(4, 3, 5) / 2
    packed[0, 0, 0] = np.nan
    dataset = xarray.Dataset(
        {
            "packed": (("time", "y", "x"), packed, {"units": "K"}),
            "plain": (("y", "x"), np.arange(15, dtype="f4").reshape(3, 5)),
            "flags": (("x",), np.array([True, False, True, True, False])),
            "scalar": ((), np.int32(7)),
        },
        coords={
            "time": np.array(["2001-01-01", "2001-01-02", "2001-01-04", "2001-02-01"], "M8[ns]"),
            "y": np.array([10.5, 20.5, 30.5]),
            "x": np.arange(5),
        },
        attrs={"title": "Größe", "numbers": [1, 2.5]},
    )
    dataset.to_zarr(path, mode="w", zarr_format=zarr_format, consolidated=consolidated, encoding=ENCODINGS[zarr_format])
