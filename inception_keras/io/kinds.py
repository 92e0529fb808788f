"""Detects the kind of a weights file by its content; the name counts only for formats without a signature."""

import os
import re
import struct
import zipfile
from pathlib import Path

from inception_keras.errors import UserError, in_one_line
from inception_keras.io.hdf5 import open_root
from inception_keras.io.regular_files import check_file, open_file
from inception_keras.io.unpacking import check_zip

HDF5 = b"\x89HDF\r\n\x1a\n"
ZIP = b"PK\x03\x04"
SSTABLE = b"\x57\xfb\x80\x8b\x24\x75\x47\xdb"  # the last bytes of a TensorFlow checkpoint, or of its .index

KERAS_2 = "Keras 2 weights"
GZIP = "a gzip archive: unpack it first"

# Files that are not checkpoints: offset, signature, description.
FOREIGN = (
    (0, b"version https://git-lfs", "a Git LFS pointer: fetch the file itself with `git lfs pull`"),
    (0, b"<!doctype html", "an HTML page: did a download fail?"),
    (0, b"<html", "an HTML page: did a download fail?"),
    (0, b"<?xml", "an XML document: did a download fail?"),
    (0, b"{", "JSON"),
    (0, b"\x1f\x8b", GZIP),
    (0, b"7z\xbc\xaf", "a 7-Zip archive: unpack it first"),
    (257, b"ustar", "a tar archive: unpack it first"),
    (0, b"\x93NUMPY", "a NumPy array"),
    (0, b"\x89PNG", "a PNG image"),
    (0, b"\xff\xd8\xff", "a JPEG image"),
    (0, b"%PDF", "a PDF document"),
    (4, b"TFL3", "a TensorFlow Lite model"),
    (0, b"MATLAB 5.0 MAT-file", "a MATLAB file (MatConvNet?)"),
    (0, b"MATLAB 7.3 MAT-file", "a MATLAB file (MatConvNet?)"),
    (0, b"\x12\x01\0\0\0\0\0\0", "MXNet's parameters (.params)"),
    (0, b"GGUF", "a GGUF file"),
    (0, b"PAR1", "a Parquet file"),
    (0, b"BZh", "a bzip2 archive: unpack it first"),
    (0, b"\xfd7zXZ\0", "an xz archive: unpack it first"),
    (0, b"\x28\xb5\x2f\xfd", "a Zstandard archive: unpack it first"),
    (0, b"Rar!", "a RAR archive: unpack it first"),
)


def kind_of(path: str | Path) -> str:
    """`"safetensors"`, `"torch"`, `"caffemodel"`, `"onnx"`, `"tensorflow"`, `"keras weights"`, `KERAS_2`; else words.

    Raises:
        UserError: The file is missing, empty, damaged, unreadable or a folder, or it is a whole Keras model.
    """
    path = Path(path)
    size = check_file(path, folder_hint="give a file in it (a TensorFlow SavedModel cannot be read here)")
    try:
        with open_file(path) as file:
            start = file.read(512)
            file.seek(-min(size, len(SSTABLE)), os.SEEK_END)
            end = file.read()
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
    for offset, signature, words in FOREIGN:
        if start[offset:].lower().startswith(signature.lower()):
            return words
    if start[:1] == b"\x80" and start[1:2] in (b"\2", b"\3", b"\4", b"\5"):
        return "torch"  # a pickle: torch before 1.6, or something else, which `read_checkpoint` refuses
    if end == SSTABLE:
        return "tensorflow"
    if kind := _kind_of_protobuf(start) or _kind_of_text(start):
        return kind
    if path.suffix == ".caffemodel":
        return "caffemodel"
    if ".data-0000" in path.name:
        return "a part of a TensorFlow checkpoint: give the .index file beside it"
    if ".ckpt" in path.name or path.suffix == ".index":
        return "a TensorFlow checkpoint that is cut short"
    if path.suffix in (".safetensors", ".pth", ".pt"):
        return f"something other than a {path.suffix} file: its first bytes are {start[:8]!r}"
    return f"an unknown file of {size:,} bytes"


def _kind_of_protobuf(start: bytes) -> str | None:
    """The kind of a protobuf message by its first fields, which are written in the order of their numbers."""
    if start[:1] == b"\x08" and start[2:3] in (b"\x12", b"\x3a", b"\x42"):  # ir_version, then another field
        return "onnx"
    if start[:1] != b"\x0a" or len(start) < 3:
        return None
    size = width = 0
    for byte in start[1:6]:  # a length in base 128
        size |= (byte & 0x7F) << 7 * width
        width += 1
        if byte < 0x80:
            break
    content, after = start[1 + width :], start[1 + width + size : 3 + width + size]
    name = content[1] if len(content) > 1 and content[:1] == b"\x0a" else None
    if name is not None and content[2 + name : 3 + name] == b"\x12":  # a node: its name, then its operation
        return "a frozen TensorFlow graph (.pb)"
    # the network's name, then a layer of 2014, the name of an input, or a layer of today
    return "caffemodel" if after[:1] in (b"\x12", b"\x1a") or after == b"\xa2\x06" else None


def _kind_of_text(start: bytes) -> str | None:
    """The kind of a text file that describes a network."""
    try:
        text = start.decode()
    except UnicodeDecodeError:
        return None
    words = re.sub(r"#.*", "", text).split()
    if re.match(r"(name|input|layers?|force_backward)(:|\{|$)", words[0] if words else ""):
        return "a .prototxt, which describes a network and holds no weights: give its .caffemodel"
    return None


def _kind_of_hdf5(path: Path) -> str:
    with open_root(path) as file:
        attributes, groups = set(file.attrs), set(file)
    if "model_config" in attributes:
        raise _whole_model(path)
    if "layer_names" in attributes:
        return KERAS_2
    if groups & {"layers", "_layer_checkpoint_dependencies", "vars"}:
        return "keras weights"
    return f"an HDF5 file with the groups {', '.join(sorted(groups)[:5]) or '(none)'}, not Keras weights"


def _kind_of_zip(path: Path) -> str:
    try:
        with open_file(path) as opened, zipfile.ZipFile(opened) as file:
            names = file.namelist()
            check_zip(path.name, file, check_file(path))
    except UserError:
        raise
    except Exception as error:  # on damaged directories zipfile raises exceptions of many types
        words = "a torch checkpoint" if path.suffix in (".pth", ".pt", ".ckpt") else "a zip archive"
        raise UserError(f"{path.name} looks like {words} that is cut short or damaged: {in_one_line(error)}") from error
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
        f"{path.name} is a whole Keras model, not only weights: loading one can run code that it contains (Lambda "
        "layers, custom objects), so it is refused. If you trust it, load it with Keras and save its weights with "
        "model.save_weights('NAME.weights.h5')"
    )
