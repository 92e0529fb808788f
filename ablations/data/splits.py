"""A split in memory, its images decoded once to uint8. `ablations.data.streaming` has the split that stays on disk."""

import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar, Protocol

import numpy as np
import PIL
import PIL.features

from ablations.data import cache, crops
from ablations.data.decoding import RULES, View, decode, image, name, pixels
from ablations.data.sources import Source
from ablations.study.sizes import ImageSize
from inception_keras.errors import UserError

DECODE_CHUNK = 2048


class Examples(Protocol):
    """The interface of every split: in memory, streamed or synthetic."""

    @property
    def threads(self) -> int: ...

    def __len__(self) -> int: ...

    def take(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]: ...

    def crop(self, indices: np.ndarray, draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]: ...

    def head(self, count: int) -> "Examples": ...


@dataclass(frozen=True, eq=False)
class Split:
    """Decoded examples, read-only.

    Batches and evaluations use only `take`, `crop`, `head`, `len`, `labels` and `ids`, so a split that reads its images
    from disk can replace this one.

    Attributes:
        images: uint8 (n, height, width, channels).
        labels: int32 (n,).
        ids: int64 (n,), the index of each example in its TFDS split.
        size: Of what `crop` returns, in pixels; `None` if the split is not cropped.
        threads: How many threads make batches of it. Gathering a batch takes a millisecond, and on a small machine a
            training step leaves no room for more threads.
    """

    images: np.ndarray
    labels: np.ndarray
    ids: np.ndarray
    size: ImageSize | None = None
    threads: ClassVar[int] = 2

    def __post_init__(self) -> None:
        for array in (self.images, self.labels, self.ids):
            array.setflags(write=False)  # one trial must not change the data of the next

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Images, uint8 (k, height, width, channels), and labels, int32 (k,), at positions 0 to n - 1."""
        return self.images[indices], self.labels[indices]

    def crop(self, indices: np.ndarray, draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As `take`, but with the patch that each image's row of `crops.draw` selects: (k, height, width, channels)."""
        assert self.size is not None, "a split needs a size to be cropped"
        cut = [
            pixels(crops.inception_crop(image(self.images[index]), row, self.size))
            for index, row in zip(indices, draws, strict=True)
        ]
        return np.stack(cut), self.labels[indices]

    def head(self, count: int) -> "Split":
        """The first `count` examples."""
        return Split(self.images[:count], self.labels[:count], self.ids[:count], self.size)


def decoded(source: Source, split: str, ids: np.ndarray, shape: tuple[int, int, int], view: View) -> np.ndarray:
    """A view of the images `ids` of a TFDS split, uint8 (n, height, width, channels), cached between runs.

    Raises:
        UserError: The set is damaged, or the views differ in size.
    """
    # Another release of Pillow, or of its JPEG library, may decode to other pixels.
    decoder = (PIL.__version__, PIL.features.version("jpg"))
    key = (hashlib.sha256(ids.astype("<i8").data).hexdigest(), shape, name(view), decoder, RULES)
    return cache.kept(
        source,
        split,
        "images",
        key,
        lambda: _decoded(source, split, ids, shape, view),
        dtype=np.uint8,
        shape=(len(ids), *shape),
    )


def _decoded(source: Source, split: str, ids: np.ndarray, shape: tuple[int, int, int], view: View) -> np.ndarray:
    images = np.empty((len(ids), *shape), np.uint8)
    encoded = zip(range(len(ids)), source.images(split, ids), strict=True)

    def place(item: tuple[int, bytes]) -> None:
        position, data = item
        images[position] = one(source, split, int(ids[position]), shape, lambda: decode(data, source.channels, view))

    # Pillow releases the interpreter's lock to decode. Chunks limit how many encoded images are in memory.
    with ThreadPoolExecutor(os.cpu_count()) as pool, source.damage_reported():
        while chunk := list(islice(encoded, DECODE_CHUNK)):
            for _ in pool.map(place, chunk):
                pass
    return images


def one(
    source: Source, split: str, index: int, shape: tuple[int, int, int], make: Callable[[], np.ndarray]
) -> np.ndarray:
    """The pixels of one image, which `make` decodes.

    Raises:
        ValueError: The image can't be decoded; the error names it.
        UserError: Its shape is not `shape`, or its values have an unknown range.
    """
    try:
        found = make()
    except UserError as error:
        raise UserError(f"{source.directory}, {source.example_name(split, index)}: {error}") from None
    except Exception as error:  # Pillow raises OSError, SyntaxError and others, by format
        hint = f" ({source.damage_hint})" if source.damage_hint else ""
        raise ValueError(f"{source.example_name(split, index)}: {error}{hint}") from error
    if found.shape != shape:
        sizes = " and ".join("x".join(map(str, sizes[:2])) for sizes in (shape, found.shape))
        raise UserError(f"the images in {source.directory} differ in size ({sizes}): set image_size, in pixels")
    return found
