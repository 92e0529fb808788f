"""Images with their classes on disk, read one after the other: folders of image files, and sets that TFDS prepared.

Nothing is downloaded, and images are decoded by Pillow, so that the pixels do not depend on what is installed.
"""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from inception_keras.errors import UserError, in_one_line
from inception_keras.io.pictures import decode_picture, read_picture

ENDINGS = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".gif", ".ppm", ".tif", ".tiff", ".avif")
DEFAULT_SPLIT = "validation"
CHUNK = 256  # encoded images of TFDS that are read at once


@dataclass(frozen=True)
class Example:
    """An image that is decoded when it is asked for, and the number of its class in the set."""

    image: Callable[[], Image.Image]
    label: int


@dataclass(frozen=True)
class LabelledImages:
    """A set of images.

    Attributes:
        title: What messages call it.
        class_names: By number: names of folders, or those that TFDS has.
        count: How many examples there are.
        examples: Gives them in their order, from the position in its argument on.
        place: The folder that they are read from; that of TFDS has the version in its path.
    """

    title: str
    class_names: tuple[str, ...]
    count: int
    examples: Callable[[int], Iterator[Example]]
    place: Path


def open_folder(folder: Path, split: str | None = None) -> LabelledImages:
    """Image files in one folder per class: `folder/CLASS/NAME.jpg`, or `folder/SPLIT/CLASS/NAME.jpg`.

    Args:
        folder: The folder.
        split: Its part. `None`: `validation` if there is one, else the folder itself.

    Raises:
        UserError: There are no such folders.
    """
    if not folder.is_dir():
        raise UserError(f"there is no folder {folder}")
    root = folder / (split or DEFAULT_SPLIT)
    if not root.is_dir():
        if split is not None:
            raise UserError(
                f"{folder} has no split {split!r}: without --split, {folder} itself is one folder per class"
            )
        root = folder
    classes = sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))
    files = [
        (path, label)
        for label, one in enumerate(classes)
        for path in sorted(one.iterdir())
        if path.suffix.lower() in ENDINGS
    ]
    if not files:
        splits = ", ".join(repr(path.name) for path in classes if any(child.is_dir() for child in path.iterdir()))
        hint = f"; name one with --split: {splits}" if splits else ""
        raise UserError(f"{root} has no folders with images in them, one folder per class{hint}")

    def examples(start: int) -> Iterator[Example]:
        return (Example(lambda path=path: read_picture(path), label) for path, label in files[start:])  # type: ignore[misc]

    return LabelledImages(str(root), tuple(path.name for path in classes), len(files), examples, root)


def open_tfds(name: str, data_dir: Path, split: str | None = None) -> LabelledImages:
    """A split of a data set that TFDS has prepared in `data_dir`, such as `imagenet2012` or `imagenette/160px-v2`.

    Without a `split` it is `validation`.

    Raises:
        UserError: The set is not prepared there, is damaged, has no such split, or not one image and class per example.
    """
    split = split or DEFAULT_SPLIT
    directory = _newest_version(name, data_dir)
    import tensorflow_datasets as tfds

    try:
        builder = tfds.builder_from_directory(directory)
        splits = {one: info.num_examples for one, info in builder.info.splits.items()}
        image_key, *_, label_key = builder.info.supervised_keys or ("image", "label")
        label = builder.info.features[label_key]
        names = tuple(label.names or map(str, range(label.num_classes)))
    except Exception as error:  # JSON, protobuf and TFDS raise errors of many types
        raise UserError(f"the data set in {directory} can't be read: {in_one_line(error)}") from None
    if split not in splits:
        raise UserError(f"{name} has no split {split!r}: --split takes {', '.join(map(repr, splits))}")
    decoders = {image_key: tfds.decode.SkipDecoding()}
    title = f"{name}, {split}"

    def examples(start: int) -> Iterator[Example]:
        at_random = tfds.core.FileFormat.ARRAY_RECORD in (
            builder.info.file_format,
            *builder.info.alternative_file_formats,
        )
        rows = (
            _at_random(builder, split, decoders, start)
            if at_random
            else _in_order(tfds, builder, split, decoders, start)
        )
        try:
            for position, row in enumerate(rows, start):
                content, called = row[image_key], f"image {position} of {title}"
                yield Example(lambda content=content, called=called: _decode(content, called), int(row[label_key]))  # type: ignore[misc]
        except UserError:
            raise
        except Exception as error:
            raise UserError(f"the data set in {directory} is damaged: {in_one_line(error)}") from None

    return LabelledImages(title, names, splits[split], examples, directory)


def _decode(content: bytes, name: str) -> Image.Image:
    return decode_picture(io.BytesIO(content), name)


def _at_random(builder, split: str, decoders: dict, start: int) -> Iterator[dict]:
    source = builder.as_data_source(split=split, decoders=decoders)
    for first in range(start, len(source), CHUNK):
        yield from source.__getitems__(list(range(first, min(first + CHUNK, len(source)))))


def _in_order(tfds, builder, split: str, decoders: dict, start: int) -> Iterator[dict]:
    """Sets stored as TFRecord, which TensorFlow reads from the first example on."""
    config = tfds.ReadConfig(interleave_cycle_length=1, try_autocache=False)
    stored = builder.as_dataset(split=split, shuffle_files=False, decoders=decoders, read_config=config)
    yield from tfds.as_numpy(stored.skip(start))


def _newest_version(name: str, data_dir: Path) -> Path:
    """The folder of the newest prepared version of a set."""
    if not data_dir.is_dir():
        raise UserError(f"there is no folder {data_dir}")
    found = [path.parent for path in (data_dir / name).glob("*/dataset_info.json")]
    versions = [path for path in found if re.fullmatch(r"\d+\.\d+\.\d+", path.name)]
    if versions:
        return max(versions, key=lambda path: tuple(map(int, path.name.split("."))))
    known = {str(path.parents[1].relative_to(data_dir)) for path in data_dir.glob("*/**/dataset_info.json")}
    there = ", ".join(map(repr, sorted(known))) or "none"
    raise UserError(f"data set {name!r} is not prepared in {data_dir}: available there: {there}")
