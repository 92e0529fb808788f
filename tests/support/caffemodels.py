"""Writes `.caffemodel` files: Caffe's messages in protobuf's wire format, in the current form and that of 2014 (V1)."""

import struct
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

# Numbers of fields in LayerParameter and V1LayerParameter, and V1's numbers of types.
PARAMETERS = {"Convolution": 106, "LRN": 118, "Pooling": 121}
PARAMETERS_V1 = {"Convolution": 10, "LRN": 18, "Pooling": 19}
TYPES_V1 = {
    "Concat": 3, "Convolution": 4, "Data": 5, "Dropout": 6, "InnerProduct": 14, "LRN": 15, "Pooling": 17, "ReLU": 18,
    "Softmax": 20, "Split": 22,
}  # fmt: skip


class Layer(NamedTuple):
    """A layer of a network; `settings` are (field, number) of its parameter, a `float` is written in 32 bits."""

    name: str
    type: str
    bottoms: tuple[str, ...] = ()
    tops: tuple[str, ...] = ()
    settings: tuple[tuple[int, float], ...] = ()
    blobs: tuple[np.ndarray, ...] = ()


def network(name: str, layers: Iterable[Layer], *, v1: bool = False) -> bytes:
    """The bytes of a whole network, as Caffe saves one."""
    message = _bytes(1, name.encode())
    for layer in layers:
        name_field, type_field, bottom, top, blobs, parameters = (
            (4, 5, 2, 3, 6, PARAMETERS_V1) if v1 else (1, 2, 3, 4, 7, PARAMETERS)
        )
        body = _bytes(name_field, layer.name.encode())
        body += _number(type_field, TYPES_V1[layer.type]) if v1 else _bytes(type_field, layer.type.encode())
        body += b"".join(_bytes(bottom, one.encode()) for one in layer.bottoms)
        body += b"".join(_bytes(top, one.encode()) for one in layer.tops)
        if layer.settings:
            settings = b"".join(
                _varint(field << 3 | 5) + struct.pack("<f", number)
                if isinstance(number, float)
                else _number(field, number)
                for field, number in layer.settings
            )
            body += _bytes(parameters[layer.type], settings)
        body += b"".join(_bytes(blobs, (_legacy_blob if v1 else _blob)(array)) for array in layer.blobs)
        message += _bytes(2 if v1 else 100, body)
    return message


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
