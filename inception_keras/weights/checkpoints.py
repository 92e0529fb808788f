"""Reads checkpoint files of other frameworks; their content decides the format, not their name.

Only data is read. Files that can run code when they are loaded are refused: pickles of whole objects (torch's loader
runs with `weights_only=True`) and whole Keras models.
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inception_keras.errors import UserError, first_line
from inception_keras.io.kinds import kind_of
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
            return _bare({key: file.get_tensor(key) for key in file.keys()})  # noqa: SIM118, it is no mapping
    except (library.SafetensorError, OSError, ValueError, TypeError) as error:
        raise UserError(f"{path.name} is a safetensors file that is cut short or damaged: {error}") from error


def _read_torch(path: Path) -> dict[str, np.ndarray]:
    torch = _library("torch", path)
    import pickle

    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        reason = next((line for line in str(error).splitlines() if "GLOBAL" in line), first_line(error))
        raise UserError(
            f"{path.name} is a pickle of more than arrays, which can run code when it is loaded, so it is refused: "
            f"save only model.state_dict() ({reason.strip()[:120]})"
        ) from error
    except Exception as error:  # on damaged files torch raises exceptions of many types
        raise UserError(
            f"{path.name} is a torch checkpoint that is cut short or damaged: {first_line(error)[:200]}"
        ) from error
    for wrapper in WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
            break
    tensors = content if isinstance(content, Mapping) else {}
    if not tensors or not all(isinstance(tensor, torch.Tensor) for tensor in tensors.values()):
        keys = f" with the keys {', '.join(map(str, list(tensors)[:5]))}" if tensors else ""
        raise UserError(f"{path.name} holds no state_dict: it is a pickle of a {type(content).__name__}{keys}")
    return _bare({str(key): _numpy(tensor, torch) for key, tensor in tensors.items()})


def _bare(arrays: dict) -> dict:
    """Removes the prefix `module.`, which torch.nn.DataParallel adds to every name."""
    if all(key.startswith("module.") for key in arrays):
        return {key.removeprefix("module."): array for key, array in arrays.items()}
    return arrays


def _numpy(tensor, torch) -> np.ndarray:
    tensor = tensor.detach()
    return (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()
