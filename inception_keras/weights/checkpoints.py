"""Reads checkpoint files of other frameworks; their content decides the format, not their name.

Only data is read. Files that can run code when they are loaded are refused: pickles of whole objects (torch's loader
runs with `weights_only=True`) and whole Keras models.
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inception_keras.errors import UserError, in_one_line
from inception_keras.io.kinds import kind_of
from inception_keras.io.regular_files import check_file
from inception_keras.io.unpacking import check_unpacked
from inception_keras.weights.caffemodel import read_caffemodel

INSTALL = "pip install 'inception_keras[weights]'"
# Keys of the weights in the larger dictionaries that training scripts save; the first one present is used.
WRAPPERS = ("state_dict", "model_state_dict", "model")


@dataclass(frozen=True)
class Checkpoint:
    """The arrays in a file.

    Attributes:
        path: The file.
        kind: `"safetensors"`, `"torch"` or `"caffemodel"`.
        framework: The framework that named the arrays: `"torch"` or `"caffe"`.
        arrays: Name -> array, as `from_torch` takes them; or layer -> (weight, bias), as `from_caffe` does.
    """

    path: Path
    kind: str
    framework: str
    arrays: Mapping


def read_checkpoint(path: str | Path) -> Checkpoint:
    """The arrays of a `.safetensors`, `.pth` or `.caffemodel` file.

    Raises:
        UserError: The file is missing, cut short or damaged; it is something else, and the message says what it looks
            like; or the library that reads it is not installed.
    """
    path = Path(path)
    kind = kind_of(path)
    if kind == "safetensors":
        return Checkpoint(path, kind, "torch", _read_safetensors(path))
    if kind == "torch":
        return Checkpoint(path, kind, "torch", _read_torch(path))
    if kind == "caffemodel":
        return Checkpoint(path, kind, "caffe", read_caffemodel(path))
    if kind == "keras weights":
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
            return _bare({key: _array(path, file, key) for key in file.keys()})  # noqa: SIM118, it is no mapping
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


def _read_torch(path: Path) -> dict[str, np.ndarray]:
    torch = _library("torch", path)
    import pickle

    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        reason = next((line for line in str(error).splitlines() if "GLOBAL" in line), in_one_line(error))
        raise UserError(
            f"{path.name} is a pickle of more than arrays, which can run code when it is loaded, so it is refused: "
            f"save only model.state_dict() ({reason.strip()[:120]})"
        ) from error
    except Exception as error:  # on damaged files torch raises exceptions of many types
        raise UserError(
            f"{path.name} is a torch checkpoint that is cut short or damaged: {in_one_line(error, most=200)}"
        ) from error
    for wrapper in WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
            break
    tensors = content if isinstance(content, Mapping) else {}
    if not tensors or not all(isinstance(tensor, torch.Tensor) for tensor in tensors.values()):
        keys = f" with the keys {', '.join(map(str, list(tensors)[:5]))}" if tensors else ""
        raise UserError(f"{path.name} holds no state_dict: it is a pickle of a {type(content).__name__}{keys}")
    dense = [tensor for tensor in tensors.values() if tensor.layout == torch.strided]
    size = sum(tensor.numel() * tensor.element_size() for tensor in dense)  # a view can repeat one stored number
    check_unpacked(path.name, size, check_file(path))
    return _bare({str(key): _numpy(f"{path.name}: {key}", tensor, torch) for key, tensor in tensors.items()})


def _bare(arrays: dict) -> dict:
    """Removes the prefix `module.`, which torch.nn.DataParallel adds to every name."""
    if all(key.startswith("module.") for key in arrays):
        return {key.removeprefix("module."): array for key, array in arrays.items()}
    return arrays


def _numpy(name: str, tensor, torch) -> np.ndarray:
    """The array of a tensor; raises `UserError` for kinds of tensors that are not plain arrays of NumPy's types."""
    try:
        if tensor.is_meta:
            raise TypeError("its numbers were not saved")
        if tensor.layout != torch.strided:
            raise TypeError("only dense tensors are read")
        tensor = tensor.detach()
        return (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()
    except Exception as error:  # a quantised, sparse, nested or meta tensor, or a type such as float8
        kind = f"{tensor.dtype}, {tensor.layout}, device {tensor.device}".replace("torch.", "")
        reason = in_one_line(error, most=120)
        raise UserError(
            f"{name} is a tensor that is no plain array ({kind}): save the weights as float32 ({reason})"
        ) from error
