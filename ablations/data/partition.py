"""Divides the examples of a data set into train, validation and test."""

from collections.abc import Sequence

import numpy as np

from ablations.data import decoding, label_cache
from ablations.data.sources import Source
from ablations.seeds import permutation, stream
from inception_keras.errors import UserError, unknown

Parts = dict[str, tuple[str, np.ndarray, np.ndarray]]  # by part: its TFDS split, the ids of its examples, their labels


def partition(name: str, source: Source, validation: float, fraction: float, classes: Sequence[str] = ()) -> Parts:
    """The train, validation and test examples of all classes of a set; the arguments are those of `datasets.load`.

    Raises:
        UserError: The images do not have 1, 3 or 4 channels, a split or a label is missing, or one of `classes` has too
            few examples.
    """
    if source.channels not in decoding.MODES:
        raise UserError(f"the images in {source.directory} have {source.channels} channels, not {list(decoding.MODES)}")
    if "train" not in source.counts:
        raise UserError(f"data set {name!r} has no split 'train', only {', '.join(map(repr, source.counts))}")
    labels = label_cache.labels(source, "train")
    if (labels < 0).any():
        raise UserError(f"data set {name!r} has training examples without a label")
    wanted = {label for label, one in enumerate(source.class_names) if not classes or one in classes}
    _check_test_split(source, labels, wanted)
    train_ids, validation_ids = _cut(labels, validation, fraction, source.class_names, wanted)
    test_name, test_labels = labelled_test(name, source)
    return {
        "train": ("train", train_ids, labels[train_ids]),
        "validation": ("train", validation_ids, labels[validation_ids]),
        "test": (test_name, np.arange(len(test_labels)), test_labels),
    }


def of_classes(parts: Parts, names: tuple[str, ...], wanted: Sequence[str]) -> tuple[Parts, tuple[str, ...]]:
    """The examples of the wanted classes, with labels from 0, and the names of these classes in label order.

    Raises:
        UserError: A class is unknown, fewer than two are wanted, or a part has no example of any of them.
    """
    for name in wanted:
        if name not in names:
            raise unknown("class", name, names)
    kept = [label for label, name in enumerate(names) if name in wanted]
    if len(kept) < 2:
        raise UserError(f"classes must name two or more of {', '.join(names)}; got {list(wanted)}")
    found = {}
    for part, (split, ids, labels) in parts.items():
        chosen = np.isin(labels, kept)
        if not chosen.any():  # found here, and not when the test split is evaluated after the last epoch
            others = ", ".join(names[label] for label in np.unique(labels).tolist())
            raise UserError(
                f"split {split!r} has no examples of {' and '.join(names[label] for label in kept)} for {part}: name "
                f"classes of {others}"
            )
        found[part] = split, ids[chosen], np.searchsorted(kept, labels[chosen]).astype(labels.dtype)
    return found, tuple(names[label] for label in kept)


def labelled_test(name: str, source: Source) -> tuple[str, np.ndarray]:
    """The TFDS split to test on, and its labels: `test`, or `validation` if `test` has none, as in ImageNet.

    Raises:
        UserError: Neither has labels.
    """
    for split in ("test", "validation"):
        if source.counts.get(split) and source.labels(split, 1)[0] >= 0:  # the first shows whether there are any
            labels = label_cache.labels(source, split)
            if (labels >= 0).all():
                return split, labels
    raise UserError(
        f"data set {name!r} has no labelled split 'test' or 'validation' to test on, only "
        f"{', '.join(map(repr, source.counts))}"
    )


def _check_test_split(source: Source, labels: np.ndarray, wanted: set[int]):
    """Raises a UserError if a wanted class has too few examples to cut a test split off."""
    for label in sorted(wanted):
        if (name := source.class_names[label]) in source.too_small:
            raise UserError(
                f"class {name!r} has {np.count_nonzero(labels == label)} pictures: too few to cut a test split off; "
                "add pictures, or set classes to the names of the others"
            )


def _cut(
    labels: np.ndarray, validation: float, fraction: float, names: tuple[str, ...], wanted: set[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the training and of the validation examples, each ascending.

    Each class is shuffled by its own random stream and cut at the same shares, so the classes keep their proportions
    and a smaller fraction is a prefix of a larger one. Only the wanted labels must have examples in both.
    """
    kept: tuple[list, list] = ([], [])
    for label in np.unique(labels).tolist():
        members = np.flatnonzero(labels == label)
        members = members[permutation(len(members), stream(0, "cut", label))]
        border = round(len(members) * validation)
        for part, examples in zip(kept, (members[border:], members[:border]), strict=True):
            count = round(len(examples) * fraction)
            if not count and label in wanted:
                raise UserError(
                    f"too few examples: class {names[label]!r} has {len(members)}, of which validation={validation:g} "
                    f"and fraction={fraction:g} leave none for {'train' if part is kept[0] else 'validation'}: set "
                    "another validation or a larger fraction, or add examples"
                )
            part.append(examples[:count])
    train, held_out = (np.sort(np.concatenate(part)) for part in kept)
    return train, held_out
