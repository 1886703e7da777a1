"""Writes and reads array files with NumPy and h5py. A list of requests in JSON as argument; the answers on stdout."""
import base64
import json
import sys

import numpy as np


def values(shape, dtype):
    """1, 2, 3, … with imaginary parts, both truth values, and bytes for raw elements."""
    count = int(np.prod(shape))
    dtype = np.dtype(dtype)
    if dtype.kind == "V":
        raw = np.arange(count * dtype.itemsize, dtype="u1")
        return raw.view(dtype).reshape(shape)
    numbers = np.arange(1, count + 1)
    if dtype.kind == "c":
        return (numbers - 0.5j * numbers).astype(dtype).reshape(shape)
    if dtype.kind == "f":
        return (numbers * 0.25).astype(dtype).reshape(shape)
    if dtype.kind == "b":
        return (numbers % 3 == 0).reshape(shape)
    return (numbers * (-3 if dtype.kind == "i" else 3)).astype(dtype).reshape(shape)


def described(array):
    """Shape, type and little-endian bytes in C order."""
    little = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"))
    text = base64.b64encode(little.tobytes()).decode()
    return {"shape": list(array.shape), "dtype": little.dtype.str, "bytes": text}


def write_npy(path, shape, dtype, order="C", version=None):
    array = np.asarray(values(shape, dtype), order=order)
    if order == "F":
        array = np.asfortranarray(array)
    with open(path, "wb") as file:
        np.lib.format.write_array(file, array, version=tuple(version) if version else None)
    return described(array)


def write_refused(path, kind):
    arrays = {
        "objects": np.array([{}, []], dtype=object),
        "object in records": np.zeros(2, dtype=[("x", "i4"), ("y", "O")]),
        "arrays in records": np.zeros(2, dtype=[("x", "i4", (2,))]),
        "long double": np.zeros(2, dtype=np.longdouble),
    }
    np.save(path, arrays[kind], allow_pickle=True)


BOXED = {
    "text": np.array([["", "ab"], ["日本", "😀"]]),
    "big-endian text": np.array(["x", "Größe"], dtype=">U7"),
    "records": np.array(
        [(-1, "é", (2.5, True), b"ab"), (7, "xyz", (1 - 1j, False), b"")],
        dtype=[("x", "<i2"), ("odd 'name' µ", "<U3"), ("in", [("z", "<c8"), ("b", "?")]), ("raw", "V3")],
    ),
    "aligned records": np.array([(1, 2.5, 3), (4, -5.5, 6)], dtype=np.dtype("u1,f8,u2", align=True)),
    "big-endian records": np.array([(1, "a")], dtype=[("大", ">i4"), ("s", ">U1")]),
}


def plain(value):
    if isinstance(value, (np.void, tuple)) and getattr(value, "dtype", None) is not None and value.dtype.names:
        return {name: plain(value[name]) for name in value.dtype.names}
    if isinstance(value, (np.void, bytes)):
        return list(bytes(value))
    value = value.item() if isinstance(value, np.generic) else value
    return [value.real, value.imag] if isinstance(value, complex) else value


def entries(array):
    return {"shape": list(array.shape), "entries": [plain(value) for value in array.reshape(-1)]}


def write_boxed(path, kind):
    np.save(path, BOXED[kind])
    return entries(BOXED[kind])


def read_boxed(path):
    return {**entries(np.load(path)), "dtype": str(np.load(path).dtype)}


def write_times(path, dtype):
    np.save(path, np.array([1, -1, np.iinfo("i8").min]).astype(dtype))


def write_npz(path, compress=False):
    arrays = {"first": values([3, 4], "<f4"), "second": np.asfortranarray(values([2, 5], ">i8"))}
    (np.savez_compressed if compress else np.savez)(path, **arrays)
    return {name: described(array) for name, array in arrays.items()}


def write_h5(path):
    import h5py

    answer = {}
    settings = {
        "plain": {},
        "gzip": {"chunks": (2, 3), "compression": "gzip", "shuffle": True, "fletcher32": True},
        "scaleoffset": {"chunks": (2, 3), "scaleoffset": True},
    }
    with h5py.File(path, "w") as file:
        for dtype in ["<i2", ">i8", "|u1", ">f4", "<f8", "<f2", ">f2", "<c8", ">c16", "|b1"]:
            array = values([4, 5], dtype)
            file.create_dataset(f"types/{dtype[1:]}{'be' if dtype[0] == '>' else ''}", data=array)
            answer[f"types/{dtype[1:]}{'be' if dtype[0] == '>' else ''}"] = described(array)
        for name, options in settings.items():
            array = values([5, 7], "<i4")
            file.create_dataset(name, data=array, **options)
            answer[name] = described(array)
        file.create_dataset("lzf", data=values([4, 4], "<f4"), chunks=(2, 2), compression="lzf")
        file.create_dataset("strings", data=["a", "b"])
        file.create_dataset("text", data=np.array([t.encode() for t in ["ab", "é", ""]], dtype=h5py.string_dtype("utf-8", 4)))
        file.create_dataset("bytes", data=np.array([b"ab ", b"c"]))
        file.create_dataset("latin", data=np.array([b"\xe9"]))
        file.create_dataset("records", data=np.zeros(2, dtype=[("x", "i4"), ("y", "f8")]))
        file.create_dataset("scalar", data=2.5)
        unwritten = file.create_dataset("unwritten", shape=(3,), dtype="i4", fillvalue=7)
        answer["unwritten"] = described(unwritten[:])
        attributes = file["plain"].attrs
        attributes["text"] = "mm"
        attributes["texts"] = ["a", "b"]
        attributes["truth"] = True
        attributes["wide"] = np.int64(2**60 + 1)
        attributes["list"] = [1.5, 2.5]
        attributes["table"] = np.arange(4).reshape(2, 2)
        attributes["nan"] = float("nan")
        attributes["empty"] = h5py.Empty("f4")
        attributes["_FillValue"] = np.int32(-9)
        file["plain"].dims[0].label = "y"
    return answer


def read_text(path, name):
    import h5py

    with h5py.File(path) as file:
        return [str(file[name].dtype), file[name].asstr()[()].tolist()]


def read(path, name=None):
    if path.endswith(".h5"):
        import h5py

        with h5py.File(path) as file:
            dataset = file[name]
            plain = {key: str(value) for key, value in dataset.attrs.items() if not key.startswith("DIMENSION")}
            labels = [dimension.label for dimension in dataset.dims]
            stored = {"chunks": dataset.chunks, "compression": dataset.compression, "attributes": plain, "labels": labels}
            return {**described(dataset[()]), **stored}
    loaded = np.load(path)
    return described(loaded[name] if name else loaded)


requests = json.loads(sys.argv[1])
print(json.dumps([globals()[request.pop("do")](**request) for request in requests]))
