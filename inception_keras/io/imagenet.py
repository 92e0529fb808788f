"""The 1,000 classes of ImageNet (ILSVRC-2012), in the order that every published network here has: sorted WordNet ids.

`imagenet_classes.txt` has one class per line, its WordNet id and a short name. The ids are those of TFDS's
`imagenet2012/labels.txt`, the names those of torchvision 0.28 (`models/_meta.py`), which are unique.
"""

import functools
from importlib.resources import files
from typing import NamedTuple


class ImageNetClass(NamedTuple):
    """A class: its WordNet id, such as `n01440764`, and its name, such as `tench`."""

    wordnet_id: str
    name: str


@functools.cache
def imagenet_classes() -> tuple[ImageNetClass, ...]:
    """The 1,000 classes by their number.

    >>> imagenet_classes()[0]
    ImageNetClass(wordnet_id='n01440764', name='tench')
    """
    text = files("inception_keras.io").joinpath("imagenet_classes.txt").read_text(encoding="utf-8")
    return tuple(ImageNetClass(*line.split(" ", 1)) for line in text.splitlines())


def imagenet_names() -> list[str]:
    """The names of the 1,000 classes by their number."""
    return [one.name for one in imagenet_classes()]
