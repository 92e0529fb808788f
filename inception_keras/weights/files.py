"""Reads checkpoint files of other frameworks, by what is in them rather than by how they are called.

Only data is read. What can run code when it is loaded is refused: pickles of whole objects (torch's loader runs with
`weights_only=True`) and whole Keras models.
"""

import importlib
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inception_keras.errors import UserError
from inception_keras.weights.caffemodel import read_caffemodel

INSTALL = "pip install 'inception_keras[weights]'"
HDF5 = b"\x89HDF\r\n\x1a\n"
ZIP = b"PK\x03\x04"
# Where training scripts put the weights inside a larger dictionary; the first that is there counts.
WRAPPERS = ("state_dict", "model_state_dict", "model")

# What a file that is no checkpoint begins with, or has at an offset.
FOREIGN = (
    (0, b"version https://git-lfs", "a Git LFS pointer: fetch the file itself with `git lfs pull`"),
    (0, b"<!doctype html", "an HTML page: did a download fail?"),
    (0, b"<html", "an HTML page: did a download fail?"),
    (0, b"<?xml", "an XML document: did a download fail?"),
    (0, b"{", "JSON"),
    (0, b"\x1f\x8b", "a gzip archive: unpack it first"),
    (0, b"7z\xbc\xaf", "a 7-Zip archive: unpack it first"),
    (257, b"ustar", "a tar archive: unpack it first"),
    (0, b"\x93NUMPY", "a NumPy array"),
    (0, b"\x89PNG", "a PNG image"),
    (0, b"\xff\xd8\xff", "a JPEG image"),
    (0, b"%PDF", "a PDF document"),
    (0, b"TFL3", "a TensorFlow Lite model", 4),
)


@dataclass(frozen=True)
class Checkpoint:
    """The arrays of a file.

    Attributes:
        path: The file.
        kind: `"safetensors"`, `"torch"` or `"caffemodel"`.
        framework: Whose names the arrays have: `"torch"` or `"caffe"`.
        arrays: For `from_torch` a name's array; for `from_caffe` a layer's (weight, bias).
    """

    path: Path
    kind: str
    framework: str
    arrays: Mapping


def read_checkpoint(path: str | Path) -> Checkpoint:
    """The arrays of a `.safetensors`, `.pth` or `.caffemodel` file.

    Raises:
        UserError: There is no such file; it is cut short, damaged, or something else: the message says what it looks
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
        raise UserError(f"{path.name} is a Keras weights file already: give it to create_model(NAME, weights=...)")
    raise UserError(f"{path.name} is no checkpoint that can be read here: it looks like {kind}")


def kind_of(path: str | Path) -> str:
    """`"safetensors"`, `"torch"`, `"caffemodel"`, `"keras weights"`; or what else the file looks like, in words.

    Raises:
        UserError: There is no such file, it is empty, or it is a whole Keras model.
    """
    path = Path(path)
    if not path.exists():
        raise UserError(f"there is no file {path}")
    if path.is_dir():
        raise UserError(f"{path} is a folder: give a file in it (a TensorFlow SavedModel cannot be read here)")
    try:
        size = path.stat().st_size
        with open(path, "rb") as file:
            start = file.read(512)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error
    if not start:
        raise UserError(f"{path.name} is empty")
    if start.startswith(HDF5):
        return _kind_of_hdf5(path)
    if start.startswith(ZIP):
        return _kind_of_zip(path)
    if len(start) > 9 and start[8:9] == b"{" and struct.unpack("<Q", start[:8])[0] < 2**32:
        return "safetensors"
    for offset, signature, words, *place in FOREIGN:
        begin = place[0] if place else offset
        if start[begin:].lower().startswith(signature.lower()):
            return words
    if start[0] == 0x80 and start[1] in (2, 3, 4, 5):
        return "torch"  # a pickle: torch before 1.6, or something else, which its reader refuses
    if path.suffix == ".caffemodel":
        return "caffemodel"
    if ".ckpt" in path.name or path.suffix == ".index" or ".data-0000" in path.name:
        return "a TensorFlow checkpoint, which has no table of names here"
    if path.suffix in (".safetensors", ".pth", ".pt"):
        return f"no {path.suffix} file: its first bytes are {start[:8]!r}"
    return f"an unknown file of {size:,} bytes"


def _kind_of_hdf5(path: Path) -> str:
    import h5py

    try:
        with h5py.File(path, "r") as file:
            attributes, groups = set(file.attrs), set(file)
    except (OSError, RuntimeError) as error:
        raise UserError(f"{path.name} is an HDF5 file that is cut short or damaged: {error}") from error
    if "model_config" in attributes:
        raise _whole_model(path)
    if "layer_names" in attributes:
        return "a weights file of Keras 2: load it with Keras 2 and save it as .weights.h5 with Keras 3"
    if groups & {"layers", "_layer_checkpoint_dependencies", "vars"}:
        return "keras weights"
    return f"an HDF5 file with the groups {', '.join(sorted(groups)[:5]) or '(none)'}, no weights of Keras"


def _kind_of_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as file:
            names = file.namelist()
    except (zipfile.BadZipFile, OSError) as error:
        words = "a torch checkpoint" if path.suffix in (".pth", ".pt", ".ckpt") else "a zip archive"
        raise UserError(f"{path.name} looks like {words} that is cut short or damaged: {error}") from error
    if "config.json" in names and any(name.endswith(".weights.h5") for name in names):
        raise _whole_model(path)
    if any(name.endswith("/data.pkl") for name in names):
        if any("/code/" in name or name.endswith("/constants.pkl") for name in names):
            return "a TorchScript program, which is code: save its state_dict() instead"
        return "torch"
    if names and all(name.endswith(".npy") for name in names):
        return "a NumPy archive"
    return f"a zip archive with {', '.join(names[:3])}"


def _whole_model(path: Path) -> UserError:
    return UserError(
        f"{path.name} is a whole Keras model, not weights alone: loading one can run code that it carries (Lambda "
        "layers, custom objects), so it is refused. Whoever trusts it saves its weights with "
        "model.save_weights('NAME.weights.h5')"
    )


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
        reason = next((line for line in str(error).splitlines() if "GLOBAL" in line), str(error).splitlines()[0])
        raise UserError(
            f"{path.name} is a pickle of more than arrays, which can run code when it is loaded, so it is refused: "
            f"save model.state_dict() alone ({reason.strip()[:120]})"
        ) from error
    except Exception as error:  # torch raises of every kind on damaged files
        raise UserError(f"{path.name} is a torch checkpoint that is cut short or damaged: {_line(error)}") from error
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
    """Without the prefix that torch.nn.DataParallel gives every name."""
    if all(key.startswith("module.") for key in arrays):
        return {key.removeprefix("module."): array for key, array in arrays.items()}
    return arrays


def _numpy(tensor, torch) -> np.ndarray:
    tensor = tensor.detach()
    return (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()


def _line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
