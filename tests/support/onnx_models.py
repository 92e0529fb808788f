"""Writes ONNX models in protobuf's wire format; field numbers as in `onnx.proto`."""

import struct
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from tests.support.caffemodels import Layer, _bytes, _number, _varint


class Node(NamedTuple):
    """An operation with its attributes: a text, a float, an int or several ints."""

    type: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]


def onnx_model(arrays: dict[str, np.ndarray], nodes: Iterable[Node] = (), *, packed: bool = False) -> bytes:
    """The bytes of a model; `packed`: numbers in `float_data` instead of `raw_data`."""
    graph = b"".join(_bytes(1, _node(node)) for node in nodes) + _bytes(2, b"graph")
    graph += b"".join(_bytes(5, _tensor(name, array, packed)) for name, array in arrays.items())
    return _number(1, 7) + _bytes(2, b"onnx-caffe2") + _bytes(7, graph)


def caffe2_names(blobs: dict[str, tuple[np.ndarray, np.ndarray]]) -> dict[str, np.ndarray]:
    """The arrays of Caffe's layers under the names that Caffe2 gave them."""
    return {f"{layer}_{part}_0": array for layer, pair in blobs.items() for part, array in zip("wb", pair, strict=True)}


def _tensor(name: str, array: np.ndarray, packed: bool) -> bytes:
    kind = {"float32": 1, "int64": 7}[array.dtype.name]
    sizes = b"".join(_number(1, size) for size in array.shape)
    return sizes + _number(2, kind) + _bytes(8, name.encode()) + _bytes(4 if packed else 9, array.tobytes())


def _node(node: Node) -> bytes:
    names = b"".join(_bytes(field, name.encode()) for field in (1, 2) for name in node[field])
    attributes = b"".join(_bytes(5, _bytes(1, name.encode()) + _value(of)) for name, of in node.attributes.items())
    return names + _bytes(4, node.type.encode()) + attributes


def _value(value: Any) -> bytes:
    if isinstance(value, str):
        return _bytes(4, value.encode())
    if isinstance(value, float):
        return _varint(2 << 3 | 5) + struct.pack("<f", value)
    return _number(3, value) if isinstance(value, int) else b"".join(_number(8, one) for one in value)


# -- as Caffe2 translates a network ------------------------------------------------------------------------------------


def onnx_of(layers: Iterable[Layer]) -> bytes:
    """The model that Caffe2 makes of Caffe's layers: every result has a name of its own, pools pad at their end."""
    layers = list(layers)
    arrays = caffe2_names({layer.name: layer.blobs for layer in layers if layer.blobs})
    return onnx_model({**arrays, "OC2_DUMMY_1": np.array([1, -1], "int64")}, _nodes(layers))


def _nodes(layers: Iterable[Layer]) -> Iterator[Node]:
    names: dict[str, str] = {}  # the newest result by the name of Caffe's blob
    for number, layer in enumerate(layers):
        read = tuple(names.get(bottom, "data_0") for bottom in layer.bottoms)
        if layer.type == "Split" or not read:
            names.update({top: read[0] if read else "data_0" for top in layer.tops})
            continue
        result = f"r{number}"
        stored = (f"{layer.name}_w_0", f"{layer.name}_b_0")
        get = dict(layer.settings).get
        if layer.type == "InnerProduct":
            yield Node("Reshape", (*read, "OC2_DUMMY_1"), (f"{result}_rows",), {})
            yield Node("Reshape", (stored[0], "OC2_DUMMY_1"), (f"{result}_matrix",), {})
            yield Node("Gemm", (f"{result}_rows", f"{result}_matrix", stored[1]), (result,), {"transB": 1})
        elif layer.type == "Convolution":
            settings = {"pads": [get(3, 0)] * 4, "group": get(5, 1), "strides": [get(6, 1)] * 2}
            yield Node("Conv", (*read, *stored), (result,), {**settings, "kernel_shape": [get(4)] * 2})
        elif layer.type == "Pooling":
            pads = [get(4, 0)] * 2 + [get(4, 0) or 1] * 2
            settings = {"kernel_shape": [get(2)] * 2, "strides": [get(3)] * 2, "pads": pads}
            yield Node("AveragePool" if get(1, 0) else "MaxPool", read, (result,), settings)
        elif layer.type == "LRN":
            yield Node("LRN", read, (result,), {"size": get(1), "alpha": get(2), "beta": get(3), "bias": get(5, 1.0)})
        else:
            attributes = {"Concat": {"axis": 1}, "Dropout": {"ratio": 0.5}}.get(layer.type, {})
            results = (result, f"{result}_mask") if layer.type == "Dropout" else (result,)
            yield Node({"ReLU": "Relu"}.get(layer.type, layer.type), read, results, attributes)
        names.update(dict.fromkeys(layer.tops, result))
