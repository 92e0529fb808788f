"""Reads checkpoint files of other frameworks; their content decides the format, not their name.

Only data is read. Files that can run code when they are loaded are refused: pickles of whole objects and whole Keras
models. A `.pth` file of tensors alone is read without torch (`torch_files.py`). One that holds a run's settings as well
needs torch's loader, which runs with `weights_only=True`; `pickles.py` lists what it lets through.
"""

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from inception_keras.errors import UserError, in_one_line
from inception_keras.io.kinds import GZIP, KERAS_2, kind_of
from inception_keras.io.regular_files import check_file
from inception_keras.io.unpacking import check_unpacked
from inception_keras.weights.archives import unpacked
from inception_keras.weights.caffe_graph import Blobs, read_graph
from inception_keras.weights.caffemodel import read_caffemodel
from inception_keras.weights.onnx_files import read_onnx
from inception_keras.weights.onnx_graph import read_onnx_graph
from inception_keras.weights.pickled_arrays import with_arrays
from inception_keras.weights.pickles import harmless_globals
from inception_keras.weights.slim import read_slim
from inception_keras.weights.state_dicts import DEPTH, normalise
from inception_keras.weights.torch_files import read_torch_file
from inception_keras.weights.torch_values import BeyondTensors

INSTALL = "pip install -e '.[weights]'"


@dataclass(frozen=True)
class Checkpoint:
    """The arrays in a file.

    Attributes:
        path: The file.
        kind: `"safetensors"`, `"torch"`, `"caffemodel"`, `"onnx"` or `"tensorflow"`.
        framework: Who named the arrays: `"torch"`, `"caffe"` or `"slim"`.
        arrays: Name -> array, as `from_torch` and `from_slim` take them; or layer -> (weight, bias), as `from_caffe`
            does.
        place, averaged, others: See `StateDict`.
    """

    path: Path
    kind: str
    framework: str
    arrays: Mapping
    place: str = ""
    averaged: bool = False
    others: tuple[str, ...] = ()


def read_checkpoint(path: str | Path, *, ema: bool = False) -> Checkpoint:
    """The arrays of a `.safetensors`, `.pth`, `.ckpt`, `.caffemodel`, `.onnx` or `.index` file.

    A `.tar.gz` archive of one `.ckpt` file, as TF-slim publishes, is read as that file.

    Args:
        path: The file.
        ema: Whether to take the moving average (EMA) of the weights that a training script stored beside them.

    Raises:
        UserError: The file is missing, cut short or damaged; it is something else, and the message says what it looks
            like; or the library that reads it is not installed.
    """
    path = Path(path)
    kind = kind_of(path)
    if kind == GZIP:
        with unpacked(path) as checkpoint:
            return replace(_read(checkpoint, kind_of(checkpoint), ema), path=path)
    return _read(path, kind, ema)


def _read(path: Path, kind: str, ema: bool) -> Checkpoint:
    if kind == "safetensors":
        return Checkpoint(path, kind, "torch", *normalise(_read_safetensors(path), path.name, ema=ema))
    if kind == "torch":
        return Checkpoint(path, kind, "torch", *normalise(_read_torch(path), path.name, ema=ema))
    if kind == "caffemodel":
        if ema:
            raise UserError(f"{path.name} is a .caffemodel, which holds no moving average (EMA): drop ema")
        return Checkpoint(path, kind, "caffe", Blobs(read_caffemodel(path), read_graph(path)))
    if kind == "onnx":
        if ema:
            raise UserError(f"{path.name} is an ONNX model, which holds no moving average (EMA): drop ema")
        return Checkpoint(path, kind, "caffe", Blobs(read_onnx(path), read_onnx_graph(path)))
    if kind == "tensorflow":
        return Checkpoint(path, kind, "slim", read_slim(path, ema=ema), averaged=ema)
    if kind in ("keras weights", KERAS_2):
        raise UserError(f"{path.name} is already a Keras weights file: pass it to create_model(NAME, weights=...)")
    raise UserError(f"{path.name} is not a checkpoint of a supported format: it looks like {kind}")


def _library(name: str, path: Path):
    try:
        return importlib.import_module(name)
    except ImportError as error:
        library = name.split(".")[0]
        raise UserError(f"reading {path.name} needs {library}, which is not installed: {INSTALL}") from error


def _read_safetensors(path: Path) -> dict[str, np.ndarray]:
    library = _library("safetensors", path)
    try:
        with library.safe_open(path, framework="numpy") as file:
            return {key: _array(path, file, key) for key in file.keys()}  # noqa: SIM118, it is no mapping
    except UserError:
        raise
    except Exception as error:  # on damaged files safetensors raises exceptions of several types
        raise UserError(
            f"{path.name} is a safetensors file that is cut short or damaged: {in_one_line(error)}"
        ) from error


def _array(path: Path, file, key: str) -> np.ndarray:
    import ml_dtypes  # noqa: F401, Keras needs it, and with it NumPy knows bfloat16

    try:
        array = file.get_tensor(key)
        return array.astype("float32") if array.dtype.name == "bfloat16" else array
    except (TypeError, KeyError, AttributeError) as error:  # a type that NumPy lacks
        kind = file.get_slice(key).get_dtype()
        raise UserError(
            f"{path.name}: {key} is of the type {kind}, which NumPy does not have: save the weights as float32"
        ) from error


def _read_torch(path: Path) -> object:
    try:
        return read_torch_file(path)
    except BeyondTensors as more:
        try:
            torch = importlib.import_module("torch")
        except ImportError:
            raise UserError(
                f"{path.name} is a pickle of more than tensors ({more}), which can run code when it is loaded, so it "
                f"is refused: save only model.state_dict(); if these are a run's settings, torch reads them: {INSTALL}"
            ) from None
    return _read_with_torch(path, torch)


def _read_with_torch(path: Path, torch) -> object:
    import pickle

    try:
        with torch.serialization.safe_globals(harmless_globals()):
            content = with_arrays(torch.load(path, map_location="cpu", weights_only=True))
    except pickle.UnpicklingError as error:
        reasons = (line for line in str(error).splitlines() if "GLOBAL" in line or "numpy.ndarray" in line)
        reason = next(reasons, in_one_line(error))
        raise UserError(
            f"{path.name} is a pickle of more than arrays, which can run code when it is loaded, so it is refused: "
            f"save only model.state_dict() ({reason.strip()[:120]})"
        ) from error
    except Exception as error:  # on damaged files torch raises exceptions of many types
        raise UserError(
            f"{path.name} is a torch checkpoint that is cut short or damaged: {in_one_line(error, most=200)}"
        ) from error
    # a view can repeat one stored number, and many arrays have the same bytes
    check_unpacked(path.name, sum(_sizes(content, torch)), check_file(path))
    return content


def _sizes(content: object, torch) -> Iterator[int]:
    """The bytes of each tensor and array in dictionaries and lists, as deep as `normalise` looks."""
    # ids and depths: a file of a few bytes can refer to one dictionary a million times
    seen: set[tuple[int, int]] = set()

    def walk(part: object, depth: int) -> Iterator[int]:
        if isinstance(part, np.ndarray):
            yield part.nbytes
        elif isinstance(part, torch.Tensor):
            yield part.numel() * part.element_size() if part.layout == torch.strided else 0
        elif isinstance(part, (Mapping, list, tuple)) and depth <= DEPTH and (id(part), depth) not in seen:
            seen.add((id(part), depth))
            for value in part.values() if isinstance(part, Mapping) else part:
                yield from walk(value, depth + 1)

    return walk(content, 0)
