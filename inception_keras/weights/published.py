"""What is known about a file of weights that somebody published: where it is, its hash, its licence, how it is used.

The files themselves are rows of `tables/published.py`.
"""

import hashlib
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from inception_keras.weights.forms import Form, Preprocessing


class Checksum(NamedTuple):
    """What a source says about the hash of a file.

    Attributes:
        algorithm: A name of `hashlib`: `"sha256"`, `"sha1"`, `"md5"`.
        digits: Hexadecimal, the whole hash or its beginning.
    """

    algorithm: str
    digits: str

    @property
    def pins(self) -> bool:
        """Whether it is a whole SHA-256, so that no other file can be made that has it."""
        return self.algorithm == "sha256" and len(self.digits) == 2 * hashlib.sha256().digest_size

    def __str__(self) -> str:
        whole = len(self.digits) == 2 * hashlib.new(self.algorithm, usedforsecurity=False).digest_size
        return f"{self.algorithm} {self.digits}{'' if whole else '…'}"


class Licence(NamedTuple):
    """The licence of weights, and where its text is."""

    name: str
    text: str


@dataclass(frozen=True)
class PublishedFile:
    """A file of weights that can be asked for by name.

    Attributes:
        model: The model's name in the zoo.
        source: What `weights=` calls it, such as `"caffe"` or `"torchvision"`; `named_weights.NAMES` has all.
        address: Where it is published.
        mirrors: Where else the same file is.
        saved_as: The file's name here and in mirrors, if its address ends in one that other files have as well.
        checksum: `None` if no source says its hash; such a file is never fetched, the user gives it.
        licence: See `Licence`.
        facts_from: Who says all this.
        preprocessing: How images were prepared for the published accuracy, with the sizes before and after the crop.
        form: The form that imports it; `None` for a weights file of Keras 2, which needs none.
        size: In bytes, as the source says; `None` if only `mebibytes` is known.
        mebibytes: The size, rounded.
        classes: 1,000, in the order of the sorted WordNet ids.
        aux_heads: Whether the file has GoogLeNet's auxiliary heads.
        divisors: What Keras divides images by with these weights, beside the statistics in the file (EfficientNet).
        top1, top5: Accuracies published for this file, in percent.
        accuracy_source: Who published them, and on which crop.
    """

    model: str
    source: str
    address: str
    checksum: Checksum | None
    licence: Licence
    facts_from: str
    preprocessing: Preprocessing
    form: Form | None = None
    mirrors: tuple[str, ...] = ()
    saved_as: str = ""
    size: int | None = None
    mebibytes: float | None = None
    classes: int = 1000
    aux_heads: bool = False
    divisors: tuple[float, ...] = ()
    top1: float | None = None
    top5: float | None = None
    accuracy_source: str = ""

    @property
    def name(self) -> str:
        """The file's own name, which it has in every mirror."""
        return self.saved_as or urlsplit(self.address).path.rsplit("/", 1)[1]

    @property
    def stem(self) -> str:
        """The name without its ending."""
        return self.name.removesuffix(".gz").rpartition(".")[0]

    @property
    def addresses(self) -> tuple[str, ...]:
        """All places of the file, in the order in which they are asked."""
        return (self.address, *self.mirrors)

    @property
    def size_in_words(self) -> str:
        """The size for messages, empty if no source says it."""
        mebibytes = self.size / 2**20 if self.size else self.mebibytes
        return f"{mebibytes:,.1f} MiB" if mebibytes else ""
