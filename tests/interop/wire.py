"""Values as they travel: base64 of little-endian elements in row-major order.

Floats of less than 16 bits and bfloat16 travel as float32, integers of less than 8 bits as int8 or uint8, which hold them exactly; text and byte
strings of any length as lists, the latter in base64, and other objects as the JSON that they are.
"""

import base64

import numpy as np

try:
    import ml_dtypes

    SMALL_TYPES = vars(ml_dtypes)
except ImportError:
    SMALL_TYPES = {}


def wire_type(dtype):
    if dtype.name not in SMALL_TYPES:
        return dtype.newbyteorder("<")
    return np.dtype({"i": "i1", "u": "u1"}.get(dtype.name[0], "<f4"))


def to_wire(values):
    values = np.asarray(values)
    if values.dtype.kind in "OT":
        return [to_text(item) if isinstance(item, bytes) else item for item in values.ravel().tolist()]
    return to_text(values.astype(wire_type(values.dtype), copy=False).tobytes())


def from_wire(wire, dtype, shape):
    if dtype.kind == "T":
        return np.array(wire, dtype).reshape(shape)
    if dtype.kind == "O":
        values = np.empty(len(wire), object)
        values[:] = wire
        return values.reshape(shape)
    values = np.frombuffer(base64.b64decode(wire), wire_type(dtype)).reshape(shape)
    return values.astype(dtype) if dtype.name in SMALL_TYPES else values


def to_text(content):
    return base64.b64encode(content).decode()


def from_text(text):
    return base64.b64decode(text)
