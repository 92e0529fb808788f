"""Measures the top-1 and top-5 accuracy of a network on labelled images, and goes on where an earlier run ended."""

import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np

from inception_keras.errors import UserError
from inception_keras.io.imagenet import imagenet_classes
from inception_keras.io.labelled_images import Example, LabelledImages
from inception_keras.io.manifests import sha256
from inception_keras.io.pictures import prepare
from inception_keras.io.user_cache import cache_folder
from inception_keras.io.writing import write_atomically
from inception_keras.weights.sources import Source

Z = 1.959964  # of the normal distribution, for 95%
SAVED_EVERY = 20  # batches


@dataclass(frozen=True)
class Tally:
    """How many images were seen; for how many the class was the most probable, and one of the five most probable."""

    seen: int = 0
    top1: int = 0
    top5: int = 0


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Wilson's 95% interval of a proportion (E. B. Wilson, 1927).

    >>> [round(bound, 4) for bound in wilson(90, 100)]
    [0.8256, 0.9448]
    """
    share, weight = successes / trials, Z**2 / trials
    middle = share + weight / 2
    half = Z * math.sqrt(share * (1 - share) / trials + weight / (4 * trials))
    return (middle - half) / (1 + weight), (middle + half) / (1 + weight)


def class_numbers(names: Sequence[str], source: Source) -> np.ndarray:
    """The number that each class of a set of images has in a network, int64.

    Classes are found by name, those of ImageNet also by their WordNet ids. If no name is the same to the letter,
    capitals and underscores do not count. A network without class names has the classes of the set, in the same order.

    Raises:
        UserError: A class is none of the network's, or may be several of them.
    """
    if source.class_names is None:
        if len(names) != source.classes:
            raise UserError(
                f"the set has {len(names):,} classes and {source.path.name} {source.classes:,}, whose names are not "
                "known: `convert --class-names FILE` adds them"
            )
        return np.arange(len(names))
    known = imagenet_classes()
    called = list(enumerate(source.class_names))
    if source.class_names == tuple(one.name for one in known):
        called += [(number, one.wordnet_id) for number, one in enumerate(known)]
    exact, plain = defaultdict(list), defaultdict(list)
    for number, name in called:
        exact[name].append(number)
        plain[_plain(name)].append(number)
    found = [exact.get(name) or plain.get(_plain(name), []) for name in names]
    for name, numbers in zip(names, found, strict=True):
        if not numbers:
            raise UserError(
                f"{source.model} has no class {name!r}, as the images have: classes are called as in the manifest, "
                f"such as {source.class_names[0]!r}, and those of ImageNet also by WordNet id, such as 'n01440764'"
            )
        if len(numbers) > 1:
            meant = ", ".join(f"{source.class_names[number]!r} ({number})" for number in numbers)
            raise UserError(f"{name!r}, a class of the images, may be several of {source.model}'s: {meant}")
    return np.array([numbers[0] for numbers in found])


def measure(
    model,
    source: Source,
    images: LabelledImages,
    *,
    batch: int = 64,
    progress: Callable[[int, int | None], object] = lambda done, total: None,
) -> Tally:
    """The tally of a network over all images of a set.

    What was counted is saved in the user's cache every few batches, and the same measurement goes on from there;
    without a cache that can be written, it begins anew.

    Args:
        model: The network, with logits or probabilities as its output.
        source: How images are prepared for it, and its classes.
        images: The set.
        batch: Images per step.
        progress: Called with the number of images so far and in all.

    Raises:
        UserError: A class of the set is none of the network's, an image has no class or is damaged, or an output is not
            finite.
    """
    numbers = class_numbers(images.class_names, source)
    saved = cache_folder() / "validations" / f"{_address(source, images, numbers)}.json"
    tally = _read(saved)
    progress(tally.seen, images.count)
    for step, (pictures, labels) in enumerate(_batches(source, images.examples(tally.seen), batch), 1):
        if (labels < 0).any():  # they would count as the last class
            raise UserError(
                f"image {tally.seen + int(np.argmax(labels < 0))} of {images.title} has no class (label -1), as in "
                "some test splits: --split takes one whose images have classes"
            )
        outputs = np.asarray(model.predict_on_batch(source.normalize(pictures)))
        if not np.isfinite(outputs).all():
            raise UserError(f"{source.path} gives outputs that are not finite: its weights are corrupt")
        ranks = _ranks(outputs, numbers[labels])
        tally = Tally(tally.seen + len(ranks), tally.top1 + int((ranks < 1).sum()), tally.top5 + int((ranks < 5).sum()))
        progress(tally.seen, images.count)
        if step % SAVED_EVERY == 0:
            _write(saved, tally)
    with suppress(OSError):
        saved.unlink(missing_ok=True)
    return tally


def _batches(source: Source, examples: Iterator[Example], size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """uint8 pictures and labels; the next batch is decoded while the network works on one."""

    def picture(example: Example) -> np.ndarray:
        return prepare(example.image(), source.resize, source.crop, source.interpolation)

    with ThreadPoolExecutor() as pool:

        def begin():
            taken = list(islice(examples, size))
            return [pool.submit(picture, one) for one in taken], np.array([one.label for one in taken], int)

        futures, labels = begin()
        while futures:
            following = begin()
            yield np.stack([future.result() for future in futures]), labels
            futures, labels = following


def _ranks(outputs: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """How many classes each image's own class comes after; of equal outputs the lower number comes first."""
    own = np.take_along_axis(outputs, labels[:, None], axis=1)
    earlier = np.arange(outputs.shape[1]) < labels[:, None]
    return ((outputs > own) | ((outputs == own) & earlier)).sum(axis=1)


def _address(source: Source, images: LabelledImages, numbers: np.ndarray) -> str:
    """The same for the same network, the same images at the same place, and the same numbers for their classes."""
    facts = asdict(replace(source, path=Path(), class_names=None)) | {
        "path": "", "weights": sha256(source.path), "images": images.title, "place": str(images.place.resolve()),
        "count": images.count, "numbers": numbers.tolist(),
    }  # fmt: skip
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()[:32]


def _read(saved: Path) -> Tally:
    try:
        return Tally(**json.loads(saved.read_bytes()))
    except (OSError, ValueError, TypeError):
        return Tally()


def _write(saved: Path, tally: Tally):
    with suppress(OSError):  # nothing fails for lack of a cache
        saved.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(saved, json.dumps(asdict(tally)).encode())


def _plain(name: str) -> str:
    return name.lower().replace("_", " ")
