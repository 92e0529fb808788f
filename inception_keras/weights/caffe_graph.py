"""Reads from a `.caffemodel` what each of its layers computes on, because shapes alone do not tell networks apart.

BVLC's CaffeNet has the names and shapes of AlexNet's weights, but pools before it normalises. The file holds the whole
network, so a layer with weights is described by what it reads, back to the layers with weights before it:
`max 3/2 of lrn 5 0.0001 0.75 1 of relu of conv1`. Names of layers without weights do not count. `onnx_graph.py` reads
the same from ONNX models.
"""

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from inception_keras.errors import UserError
from inception_keras.io.regular_files import read_file
from inception_keras.weights.caffemodel import (
    BYTES,
    FIXED32,
    MOST_BYTES,
    NET_LAYER,
    NET_LAYER_V1,
    VARINT,
    Malformed,
    fields,
    varint,
)
from inception_keras.weights.forms import Form

NET_NAME = 1
IMAGE = "image"
# Layers that read one another twice would double the words each time; no form comes near these limits.
MOST_BOTTOMS, MOST_WORDS = 64, 2000


class _Fields(NamedTuple):
    """Numbers of fields: the layer's own, and those of its parameters by type."""

    name: int
    type: int
    bottom: int
    top: int
    blobs: int
    parameters: Mapping[str, int]


# LayerParameter and V1LayerParameter
NEW = _Fields(1, 2, 3, 4, 7, {"Convolution": 106, "LRN": 118, "Pooling": 121, "ReLU": 123, "Concat": 104})
V1 = _Fields(4, 5, 2, 3, 6, {"Convolution": 10, "LRN": 18, "Pooling": 19, "ReLU": 30, "Concat": 9})
V1_TYPES = {
    1: "Accuracy", 3: "Concat", 4: "Convolution", 5: "Data", 6: "Dropout", 12: "ImageData", 14: "InnerProduct",
    15: "LRN", 17: "Pooling", 18: "ReLU", 20: "Softmax", 21: "SoftmaxWithLoss", 22: "Split", 29: "MemoryData",
}  # fmt: skip
SAME = ("Dropout", "Split")  # change nothing at inference


class Graph(NamedTuple):
    """What a `.caffemodel` or one of Caffe's networks in ONNX computes.

    Attributes:
        network: The network's own name, such as `CaffeNet`.
        inputs: For each layer with weights, itself in words and what it reads; empty if the file has only weights.
    """

    network: str
    inputs: Mapping[str, str]


def read_graph(path: Path) -> Graph:
    """The graph of a `.caffemodel` that `read_caffemodel` has read.

    Raises:
        UserError: A layer's settings are damaged.
    """
    try:
        return _graph(memoryview(read_file(path, MOST_BYTES)))
    except Malformed as error:
        raise UserError(f"{path.name} is not a complete .caffemodel: {error}; was it cut short?") from error


def _graph(message: memoryview) -> Graph:
    network, layers = "", []
    for number, wire, value in fields(message):
        if number == NET_NAME and wire == BYTES:
            network = bytes(value).decode(errors="replace")
        elif number in (NET_LAYER, NET_LAYER_V1) and wire == BYTES:
            layers.append(_read_layer(value, NEW if number == NET_LAYER else V1))
    return graph_of(network, layers)


class Layer(NamedTuple):
    """A layer as Caffe has it; `settings` has the numbers of its parameter by their fields in `caffe.proto`."""

    name: str
    type: str
    bottoms: list[str]
    tops: list[str]
    weighted: bool
    settings: Mapping[int, list[Any]]


def graph_of(network: str, layers: Iterable[Layer]) -> Graph:
    """The graph of layers in the order in which they compute."""
    inputs = {}
    values: dict[str, str] = {}  # by the names of blobs, which layers that work in place overwrite
    connected = False
    for layer in layers:
        connected = connected or bool(layer.bottoms)
        read = [values.get(bottom, IMAGE) for bottom in layer.bottoms[:MOST_BOTTOMS]]
        if layer.weighted:
            inputs[layer.name] = f"{_describe(layer)} of {', '.join(read)}"
        result = layer.name if layer.weighted else _apply(layer, read)
        values.update(dict.fromkeys(layer.tops, result[:MOST_WORDS]))
    return Graph(network, inputs if connected else {})


def _read_layer(message: memoryview, form: _Fields) -> Layer:
    found: dict[int, list[Any]] = {}
    for number, _, value in fields(message):
        found.setdefault(number, []).append(value)

    def texts(number: int) -> list[str]:
        return [bytes(value).decode(errors="replace") for value in found.get(number, []) if not isinstance(value, int)]

    kind = found.get(form.type, [""])[-1]
    kind = V1_TYPES.get(kind, f"type {kind}") if isinstance(kind, int) else bytes(kind).decode(errors="replace")
    settings: dict[int, list[Any]] = {}
    for value in found.get(form.parameters.get(kind, -1), []):
        if isinstance(value, int):
            raise Malformed("a layer's parameter is not a message")
        for number, wire, setting in fields(value):
            settings.setdefault(number, []).extend(_numbers(wire, setting))
    name = (texts(form.name) or [""])[-1]
    return Layer(name, kind, texts(form.bottom), texts(form.top), form.blobs in found, settings)


def _numbers(wire: int, value: Any) -> Iterator[Any]:
    if wire == VARINT:
        yield value
    elif wire == FIXED32:
        yield struct.unpack("<f", value)[0]
    elif wire == BYTES:
        place = 0
        try:
            while place < len(value):  # packed
                number, place = varint(value, place)
                yield number
        except Malformed:  # a message, such as a filler, whose numbers nobody asks for
            return


# -- words -------------------------------------------------------------------------------------------------------------


def _describe(layer: Layer) -> str:
    if layer.type != "Convolution":
        return {"InnerProduct": "dense"}.get(layer.type, layer.type)
    get = _getter(layer.settings)
    pad, stride = _pair(get, 3, 9, 10, 0), _pair(get, 6, 13, 14, 1)
    words = [f"convolution /{stride}"] + [f"pad {pad}"] * (pad != "0")
    group, dilation = get(5, 1), get(18, 1)
    return " ".join(words + [f"group {group}"] * (group != 1) + [f"dilation {dilation}"] * (dilation != 1))


def _apply(layer: Layer, read: list[str]) -> str:
    if not read:
        return IMAGE
    if layer.type in SAME:
        return read[0]
    return f"{_operation(layer)} of {read[0]}" if len(read) == 1 else f"{_operation(layer)} of ({', '.join(read)})"


def _operation(layer: Layer) -> str:
    get = _getter(layer.settings)
    match layer.type:
        case "ReLU":
            return "relu" + (f" with slope {get(1, 0):g}" if get(1, 0) else "")
        case "LRN":
            region = " within channels" if get(4, 0) else ""
            return f"lrn{region} {get(1, 5)} {get(2, 1.0):.6g} {get(3, 0.75):.6g} {get(5, 1.0):.6g}"
        case "Pooling":
            kind = {0: "max", 1: "average"}.get(get(1, 0), "stochastic")
            if get(12, 0):
                return f"{kind} of all"
            pad = _pair(get, 4, 9, 10, 0)
            padded = f" pad {pad}" if pad != "0" else ""
            return f"{kind} {_pair(get, 2, 5, 6, 0)}/{_pair(get, 3, 7, 8, 1)}{padded}"
        case "Concat":
            return "concat" + (f" on axis {get(2, 1)}" if get(2, 1) != 1 else "")
    return layer.type.lower()


def _getter(settings: Mapping[int, list[Any]]) -> Callable[[int, Any], Any]:
    def get(number: int, default: Any) -> Any:
        values = settings.get(number) or [default]
        return values[-1] if len(set(values)) == 1 else "x".join(map(str, values))

    return get


def _pair(get: Callable[[int, Any], Any], both: int, height: int, width: int, default: int) -> str:
    """A setting of both sides, or `HEIGHTxWIDTH` where they differ."""
    sides = {get(height, get(both, default)), get(width, get(both, default))}
    return str(*sides) if len(sides) == 1 else f"{get(height, default)}x{get(width, default)}"


# -- comparing ---------------------------------------------------------------------------------------------------------


class Blobs(dict[str, tuple[np.ndarray, np.ndarray]]):
    """Layer -> (weight, bias), with the graph of the file that they are from."""

    def __init__(self, blobs: Mapping[str, tuple[np.ndarray, np.ndarray]], graph: Graph):
        super().__init__(blobs)
        self.graph = graph


def check_graph(blobs: Mapping, form: Form, name: str, head: str | None = None):
    """Checks that blobs from a file are those of the form's graph; blobs without a graph pass.

    Args:
        blobs: As `read_checkpoint` or the caller has them.
        form: The form that has the blobs' names.
        name: What messages call the blobs.
        head: Name of the classifier if it was replaced.

    Raises:
        UserError: A layer computes something else than in the form; it is named with both in words.
    """
    if not isinstance(blobs, Blobs):
        return
    classifier = form.classifier.key.rpartition("/")[0]
    for layer, words in blobs.graph.inputs.items():
        expected = form.graph.get(classifier if layer == head else layer)
        if expected is not None and words != expected:
            network = f" (the file calls its network {blobs.graph.network!r})" if blobs.graph.network else ""
            raise UserError(
                f"{name} has the names and shapes of {form.title}, but is another network{network}: {layer} is "
                f"{_short(words)}, not {_short(expected)}. The zoo has no such network"
            )


def _short(words: str, most: int = 160) -> str:
    return words if len(words) <= most else f"{words[:most]} ..."
