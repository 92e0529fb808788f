"""Writes ONNX models of nothing but initializers, in protobuf's wire format; field numbers as in `onnx.proto`."""

import numpy as np

from tests.support.caffemodels import _bytes, _number


def onnx_model(arrays: dict[str, np.ndarray], *, packed: bool = False) -> bytes:
    """The bytes of a model; `packed`: numbers in `float_data` instead of `raw_data`."""
    graph = b"".join(_bytes(5, _tensor(name, array, packed)) for name, array in arrays.items()) + _bytes(2, b"graph")
    return _number(1, 7) + _bytes(2, b"onnx-caffe2") + _bytes(7, graph)


def caffe2_names(blobs: dict[str, tuple[np.ndarray, np.ndarray]]) -> dict[str, np.ndarray]:
    """The arrays of Caffe's layers under the names that Caffe2 gave them."""
    return {f"{layer}_{part}_0": array for layer, pair in blobs.items() for part, array in zip("wb", pair, strict=True)}


def _tensor(name: str, array: np.ndarray, packed: bool) -> bytes:
    kind = {"float32": 1, "int64": 7}[array.dtype.name]
    sizes = b"".join(_number(1, size) for size in array.shape)
    return sizes + _number(2, kind) + _bytes(8, name.encode()) + _bytes(4 if packed else 9, array.tobytes())
