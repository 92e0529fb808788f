"""Stored results of a study's ensembles: which models were averaged, and which test images each row got right."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ablations.records.store import Broken, Newer, Store, read_checked
from ablations.study.claims import Row
from inception_keras.errors import UserError
from inception_keras.io.arrays import read_arrays
from inception_keras.io.regular_files import read_file

FOLDER, ABOUT, ANSWERS = "ensembles", "evaluation.json", "answers.npz"


@dataclass(frozen=True)
class Answers:
    """The results of one row: so many averaged models, each on so many crops.

    Attributes:
        draws: For each draw, the seeds of the averaged models.
        top1, top5: Whether each draw was right on each image, bool `(draws, images)`.
    """

    draws: tuple[tuple[int, ...], ...]
    top1: np.ndarray
    top5: np.ndarray


def draws(seeds: Sequence[int], models: int) -> tuple[tuple[int, ...], ...]:
    """The seeds of each draw of `models` models: one draw starting at each seed, or a single draw of all seeds.

    >>> draws([0, 1, 2], 2)
    ((0, 1), (1, 2), (2, 0))
    >>> draws([0, 1, 2], 3)
    ((0, 1, 2),)
    """
    around = [*seeds, *seeds]
    starts = range(1 if models == len(seeds) else len(seeds))
    return tuple(tuple(around[start : start + models]) for start in starts)


@dataclass(frozen=True)
class Ensembles:
    """What was evaluated, and the results.

    Attributes:
        about: The content of `evaluation.json`.
        rows: The results of each row, in the order of `about`.
    """

    about: dict
    rows: dict[Row, Answers]


def load_ensembles(store: Store) -> Ensembles | None:
    """Loads what `inspection.ensembles` stored; `None` if ensembles were not evaluated.

    Raises:
        UserError: One of the two files was changed after it was written, or is missing.
    """
    folder = store.folder / FOLDER
    if not (folder / ABOUT).exists():
        return None
    try:
        about = read_checked(folder / ABOUT)
        content = read_file(folder / ANSWERS)
        if hashlib.sha256(content).hexdigest() != about["answers"]:
            raise Broken(f"{folder / ANSWERS} was changed after it was written: its checksum does not match")
        rows = _rows(about, content)
    except Newer:
        raise
    except ValueError as error:
        raise UserError(f"{error}: type `python -m ablations ensemble {store.folder.name}` again") from None
    return Ensembles(about, rows)


def _rows(about: dict, content: bytes) -> dict[Row, Answers]:
    rows, images = {}, about["images"]
    each = (images + 7) // 8 + 256  # bytes of a draw, and of a header
    bits = read_arrays(content, 2 * each * len(about["rows"]) * max(1, len(about["seeds"])))
    for row in map(Row._make, about["rows"]):
        own = (_unpack(bits[f"{metric}_{row.models}x{row.crops}"], images) for metric in ("top1", "top5"))
        rows[row] = Answers(draws(about["seeds"], row.models), *own)
    return rows


def _unpack(bits: np.ndarray, images: int) -> np.ndarray:
    return np.unpackbits(bits, axis=1, count=images).astype(bool)
