"""Reads the weights of Caffe's networks in the ONNX model zoo, which Caffe2 has written.

A layer's arrays are the initializers `NAME_w_0` and `NAME_b_0`.

Only initializers are read here, nodes by `onnx_graph.py`; field numbers are those of onnx/onnx's `onnx.proto`.
"""

import math
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from inception_keras.errors import UserError
from inception_keras.io.regular_files import read_file
from inception_keras.weights.caffemodel import BYTES, MOST_BYTES, VARINT, Malformed, check_shape, fields, varint

MODEL_GRAPH, GRAPH_INITIALIZER = 7, 5
TENSOR_DIMS, TENSOR_TYPE, TENSOR_FLOATS, TENSOR_NAME, TENSOR_RAW = 1, 2, 4, 8, 9
FLOAT = 1
NAME = re.compile(r"(?P<layer>.+)_(?P<part>[wb])_\d+")


def read_onnx(path: str | Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """(weight, bias) of every layer with weights, by the layer's name in Caffe.

    Raises:
        UserError: The file is cut short, or its arrays do not have Caffe2's names.
    """
    path = Path(path)
    try:
        arrays = dict(_initializers(memoryview(read_file(path, MOST_BYTES))))
    except Malformed as error:
        raise UserError(f"{path.name} is not a complete ONNX model: {error}; was it cut short?") from error
    pairs: dict[str, dict[str, np.ndarray]] = {}
    for name, array in arrays.items():
        match = NAME.fullmatch(name)
        if match is None:
            raise _other_names(path, name)
        pairs.setdefault(match["layer"], {})[match["part"]] = array
    incomplete = next((layer for layer, pair in pairs.items() if len(pair) != 2), None)
    if incomplete or not pairs:
        raise _other_names(path, incomplete or "none")
    return {layer: (pair["w"], pair["b"]) for layer, pair in pairs.items()}


def _other_names(path: Path, name: str) -> UserError:
    return UserError(
        f"{path.name} is an ONNX model whose arrays are not called as Caffe2 calls a layer's, such as 'conv1_w_0' and "
        f"'conv1_b_0': {name!r}. Only Caffe's networks of the ONNX model zoo are read"
    )


def _initializers(message: memoryview) -> Iterator[tuple[str, np.ndarray]]:
    """Name and array of each initializer of floating point numbers; others are shapes."""
    for number, wire, graph in fields(message):
        if number == MODEL_GRAPH and wire == BYTES:
            for field, field_wire, tensor in fields(graph):
                if field == GRAPH_INITIALIZER and field_wire == BYTES and (found := _tensor(tensor)):
                    yield found


def _tensor(message: memoryview) -> tuple[str, np.ndarray] | None:
    name, kind = "", FLOAT
    shape: list[int] = []
    pieces: list[bytes] = []
    for number, wire, value in fields(message):
        if number == TENSOR_NAME and wire == BYTES:
            name = bytes(value).decode(errors="replace")
        elif number == TENSOR_TYPE and wire == VARINT:
            kind = value
        elif number == TENSOR_DIMS:
            shape += [value] if wire == VARINT else packed(value)
        elif number in (TENSOR_RAW, TENSOR_FLOATS) and wire != VARINT:
            pieces.append(bytes(value))
    if kind != FLOAT:
        return None
    content = b"".join(pieces)
    check_shape(shape)
    if len(content) != 4 * math.prod(shape):
        raise Malformed(f"{name} has {len(content):,} bytes but the shape {tuple(shape)}")
    return name, np.frombuffer(content, "<f4").reshape(shape)


def packed(message: memoryview) -> list[int]:
    numbers, place = [], 0
    while place < len(message):
        number, place = varint(message, place)
        numbers.append(number)
    return numbers
