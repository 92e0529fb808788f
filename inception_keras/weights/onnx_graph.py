"""Reads from one of Caffe's networks in ONNX what each of its layers computes on, in the words of `caffe_graph.py`.

Caffe2 wrote these models: a layer with weights is a `Conv` or a `Gemm` whose second input is `NAME_w_0`, perhaps
reshaped. Field numbers are those of onnx/onnx's `onnx.proto`.
"""

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from inception_keras.errors import UserError
from inception_keras.io.regular_files import read_file
from inception_keras.weights.caffe_graph import Graph, Layer, graph_of
from inception_keras.weights.caffemodel import BYTES, FIXED32, MOST_BYTES, VARINT, fields
from inception_keras.weights.onnx_files import GRAPH_INITIALIZER, MODEL_GRAPH, NAME, TENSOR_NAME, packed

GRAPH_NODE, GRAPH_NAME = 1, 2
NODE_INPUT, NODE_OUTPUT, NODE_TYPE, NODE_ATTRIBUTE = 1, 2, 4, 5
ATTRIBUTE_NAME, ATTRIBUTE_FLOAT, ATTRIBUTE_INT, ATTRIBUTE_TEXT, ATTRIBUTE_INTS = 1, 2, 3, 4, 8

TYPES = {
    "Conv": "Convolution", "Gemm": "InnerProduct", "Relu": "ReLU", "MaxPool": "Pooling", "AveragePool": "Pooling",
    "GlobalAveragePool": "Pooling", "Reshape": "Split", "Flatten": "Split", "Identity": "Split",
}  # fmt: skip


class Node(NamedTuple):
    """An operation; `settings` has its attributes of numbers and texts, each as a list."""

    type: str
    inputs: list[str]
    outputs: list[str]
    settings: dict[str, list[Any]]


def read_onnx_graph(path: Path) -> Graph:
    """The graph of an ONNX model that `read_onnx` has read.

    Raises:
        UserError: A node's settings are damaged.
    """
    try:
        return _graph(memoryview(read_file(path, MOST_BYTES)))
    except ValueError as error:
        raise UserError(f"{path.name} is not a complete ONNX model: {error}; was it cut short?") from error


def _graph(message: memoryview) -> Graph:
    network, nodes, arrays = "", [], {}
    for number, wire, graph in fields(message):
        if number != MODEL_GRAPH or wire != BYTES:
            continue
        for field, field_wire, value in fields(graph):
            if field == GRAPH_NAME and field_wire == BYTES:
                network = _text(value)
            elif field == GRAPH_NODE and field_wire == BYTES:
                nodes.append(_node(value))
            elif field == GRAPH_INITIALIZER and field_wire == BYTES:
                names = [_text(name) for part, kind, name in fields(value) if part == TENSOR_NAME and kind == BYTES]
                arrays.update({name: name for name in names})
    return graph_of(network, _layers(nodes, arrays))


def _layers(nodes: Iterable[Node], arrays: dict[str, str]) -> Iterator[Layer]:
    """The nodes as Caffe's layers; `arrays` has for each stored array its own name."""
    for node in nodes:
        kind = TYPES.get(node.type, node.type)
        if kind == "Split" and node.inputs and node.inputs[0] in arrays:  # the weights in another shape
            arrays.update(dict.fromkeys(node.outputs, arrays[node.inputs[0]]))
            continue
        stored = [match for name in node.inputs if (match := NAME.fullmatch(arrays.get(name, "")))]
        bottoms = [name for name in node.inputs if name not in arrays]
        weighted = bool(stored) and kind in ("Convolution", "InnerProduct")
        yield Layer(stored[0]["layer"] if weighted else "", kind, bottoms, node.outputs, weighted, _settings(node))


def _settings(node: Node) -> dict[int, list[Any]]:
    """A node's settings by the fields of Caffe's parameter; what ONNX takes for granted is written out."""
    get = node.settings.get
    automatic = [way for way in get("auto_pad", []) if way != "NOTSET"]
    match node.type:
        case "Conv":
            pads = automatic or get("pads", [0])
            return {3: pads, 5: get("group", [1]), 6: get("strides", [1]), 18: get("dilations", [1])}
        case "MaxPool" | "AveragePool":
            # Caffe rounds sizes up, for which Caffe2 pads at the end
            pads = automatic or get("pads", [0])[:2]
            average = int(node.type == "AveragePool")
            return {1: [average], 2: get("kernel_shape", [0]), 3: get("strides", [1]), 4: pads}
        case "GlobalAveragePool":
            return {1: [1], 12: [1]}
        case "LRN":
            return {1: get("size", [0]), 2: get("alpha", [1e-4]), 3: get("beta", [0.75]), 5: get("bias", [1.0])}
        case "Concat":
            return {2: get("axis", [1])}
    return {}


# -- messages ----------------------------------------------------------------------------------------------------------


def _node(message: memoryview) -> Node:
    texts: dict[int, list[str]] = {NODE_INPUT: [], NODE_OUTPUT: [], NODE_TYPE: []}
    settings: dict[str, list[Any]] = {}
    for number, wire, value in fields(message):
        if number in texts and wire == BYTES:
            texts[number].append(_text(value))
        elif number == NODE_ATTRIBUTE and wire == BYTES:
            name, values = _attribute(value)
            settings[name] = values
    return Node("".join(texts[NODE_TYPE]), texts[NODE_INPUT], texts[NODE_OUTPUT], settings)


def _attribute(message: memoryview) -> tuple[str, list[Any]]:
    name, values = "", []
    for number, wire, value in fields(message):
        if number == ATTRIBUTE_NAME and wire == BYTES:
            name = _text(value)
        elif number == ATTRIBUTE_FLOAT and wire == FIXED32:
            values.append(struct.unpack("<f", value)[0])
        elif number in (ATTRIBUTE_INT, ATTRIBUTE_INTS) and wire == VARINT:
            values.append(value)
        elif number == ATTRIBUTE_INTS and wire == BYTES:
            values += packed(value)
        elif number == ATTRIBUTE_TEXT and wire == BYTES:
            values.append(_text(value))
    return name, values


def _text(value: memoryview) -> str:
    return bytes(value).decode(errors="replace")
