"""Reads the weights of a `.caffemodel`, which is one message of Caffe's `caffe.proto` in protobuf's wire format.

Only the names of layers and the shapes and numbers of their weights are read. No network is built from the file and no
prototxt is needed, so no layer with weights can be missed: one that no table of names lists is reported as left over.

Field numbers are those of BVLC/caffe's `src/caffe/proto/caffe.proto`; V1 is the format of 2014, which BVLC's published
files use.
"""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from inception_keras.errors import UserError
from inception_keras.io.regular_files import read_file

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5  # protobuf's wire types

# NetParameter
NET_LAYER_V1, NET_LAYER = 2, 100
# LayerParameter: name 1, type 2, blobs 7; V1LayerParameter: name 4, type 5, blobs 6
LAYER_FIELDS = {NET_LAYER: (1, 2, 7), NET_LAYER_V1: (4, 5, 6)}
INNER_PRODUCT = {b"InnerProduct", 14}  # V1 stores types as numbers
# BlobProto; the first four fields are the shape in the format of 2014, always four dimensions
BLOB_LEGACY_SHAPE, BLOB_DATA, BLOB_SHAPE, BLOB_DOUBLE = (1, 2, 3, 4), 5, 7, 8
SHAPE_DIM = 1

MOST_BYTES = 2**31 - 1  # of any protobuf message
MOST_AXES, MOST_NUMBERS = 32, 2**31 - 1  # Caffe's own limits: kMaxBlobAxes in blob.hpp, and its counts are int


class Malformed(ValueError):
    """The bytes are not a valid message of `caffe.proto`."""


def read_caffemodel(path: str | Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """(weight, bias) of every layer with weights, by the layer's name.

    Raises:
        UserError: The file is cut short or not a `.caffemodel`, a layer does not have exactly two arrays, or a name
            occurs twice.
    """
    path = Path(path)
    try:
        layers = list(_layers(memoryview(read_file(path, MOST_BYTES))))
    except Malformed as error:
        raise UserError(f"{path.name} is not a complete .caffemodel: {error}; was it cut short?") from error
    blobs = {}
    for name, kind, arrays in layers:
        if not arrays:
            continue
        if len(arrays) != 2:
            raise UserError(f"{path.name}: layer {name!r} has {len(arrays)} arrays; a weight and a bias are expected")
        if name in blobs:
            raise UserError(f"{path.name}: layer {name!r} occurs twice")
        weight, bias = arrays
        if kind in INNER_PRODUCT and weight.ndim == 4 and weight.shape[:2] == (1, 1):
            weight = weight.reshape(weight.shape[2:])
        blobs[name] = weight, bias.reshape(-1) if bias.shape[:-1] == (1,) * (bias.ndim - 1) else bias
    if not blobs:
        raise UserError(f"{path.name} holds no layer with weights: is it a .caffemodel?")
    return blobs


def _layers(message: memoryview) -> Iterator[tuple[str, object, list[np.ndarray]]]:
    for number, wire, value in fields(message):
        if number in LAYER_FIELDS and wire == BYTES:
            name_field, type_field, blob_field = LAYER_FIELDS[number]
            name, kind, arrays = "", None, []
            for field, field_wire, content in fields(value):
                if field == name_field and field_wire == BYTES:
                    name = _text(content)
                elif field == type_field:
                    kind = bytes(content) if field_wire == BYTES else content
                elif field == blob_field and field_wire == BYTES:
                    arrays.append(_array(content))
            yield name, kind, arrays


def _array(message: memoryview) -> np.ndarray:
    shape: tuple[int, ...] | None = None
    legacy: dict[int, int] = {}
    pieces: list[np.ndarray] = []
    for number, wire, value in fields(message):
        if number in BLOB_LEGACY_SHAPE and wire == VARINT:
            legacy[number] = value
        elif number == BLOB_SHAPE and wire == BYTES:
            shape = _dimensions(value)
        elif number in (BLOB_DATA, BLOB_DOUBLE) and wire != VARINT:
            dtype = "<f4" if number == BLOB_DATA else "<f8"
            if len(value) % np.dtype(dtype).itemsize:
                raise Malformed("the last number of an array is incomplete")
            pieces.append(np.frombuffer(value, dtype))
    if shape is None:
        shape = tuple(legacy.get(number, 1) for number in BLOB_LEGACY_SHAPE)
    data = np.concatenate(pieces) if len(pieces) != 1 and pieces else (pieces[0] if pieces else np.empty(0, "<f4"))
    check_shape(shape)
    if math.prod(shape) != data.size:
        raise Malformed(f"an array has {data.size} numbers but the shape {shape}")
    return data.astype("float32").reshape(shape)


def check_shape(shape: Sequence[int]):
    """Raises `Malformed` for a shape that Caffe or NumPy does not allow: a size of 0 hides all others in a product."""
    if len(shape) > MOST_AXES or math.prod(filter(None, shape)) > MOST_NUMBERS:
        raise Malformed(f"an array has {len(shape)} axes, the longest of {max(shape):,}: more than Caffe allows")


def _dimensions(message: memoryview) -> tuple[int, ...]:
    sizes = []
    for number, wire, value in fields(message):
        if number == SHAPE_DIM and wire == VARINT:
            sizes.append(value)
        elif number == SHAPE_DIM and wire == BYTES:  # packed
            place = 0
            while place < len(value):
                size, place = varint(value, place)
                sizes.append(size)
    return tuple(sizes)


def _text(content: memoryview) -> str:
    try:
        return bytes(content).decode()
    except UnicodeDecodeError as error:
        raise Malformed("a layer's name is not UTF-8 text") from error


# -- wire format -------------------------------------------------------------------------------------------------------


def fields(message: memoryview) -> Iterator[tuple[int, int, Any]]:
    """Yields (field number, wire type, value); the value of a varint is an int, any other its bytes."""
    place = 0
    while place < len(message):
        tag, place = varint(message, place)
        number, wire = tag >> 3, tag & 7
        if number == 0:
            raise Malformed("a field has the number 0")
        value: int | memoryview
        if wire == VARINT:
            value, place = varint(message, place)
        else:
            if wire == BYTES:
                size, place = varint(message, place)
            elif wire in (FIXED64, FIXED32):
                size = 8 if wire == FIXED64 else 4
            else:
                raise Malformed(f"a field has the wire type {wire}")
            if place + size > len(message):
                raise Malformed(f"a field of {size:,} bytes runs past the end")
            value, place = message[place : place + size], place + size
        yield number, wire, value


def varint(message: memoryview, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if place >= len(message) or shift > 63:
            raise Malformed("a number runs past the end" if place >= len(message) else "a number is too long")
        byte = message[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place
