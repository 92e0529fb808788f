"""Writes `.caffemodel` files: Caffe's messages in protobuf's wire format, in the current form and that of 2014 (V1)."""

import numpy as np


def caffemodel(blobs: dict[str, tuple[np.ndarray, ...]], *, v1: bool = False) -> bytes:
    """Returns a weights file as bytes; as in real files, a layer without weights (ReLU) follows each layer."""
    message = _bytes(1, b"a network")
    for name, arrays in blobs.items():
        kind = "InnerProduct" if arrays[0].ndim == 2 else "Convolution"
        message += _layer(name, kind, arrays, v1) + _layer(f"relu_{name}", "ReLU", (), v1)
    return message


def _layer(name: str, kind: str, arrays, v1: bool) -> bytes:
    if not v1:
        body = _bytes(1, name.encode()) + _bytes(2, kind.encode())
        return _bytes(100, body + b"".join(_bytes(7, _blob(array)) for array in arrays))
    body = _bytes(4, name.encode()) + _number(5, {"Convolution": 4, "InnerProduct": 14, "ReLU": 18}[kind])
    return _bytes(2, body + b"".join(_bytes(6, _legacy_blob(array)) for array in arrays))


def _blob(array: np.ndarray) -> bytes:
    shape = b"".join(_varint(size) for size in array.shape)
    return _bytes(7, _bytes(1, shape)) + _bytes(5, array.astype("<f4").tobytes())


def _legacy_blob(array: np.ndarray) -> bytes:
    shape = (1,) * (4 - array.ndim) + array.shape
    sizes = b"".join(_number(field, size) for field, size in enumerate(shape, start=1))
    return sizes + _bytes(5, array.astype("<f4").tobytes())


def _bytes(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])
