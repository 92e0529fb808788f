"""Arms that are the same trials in two studies: one result, which must not be counted twice.

Trials are the same if nothing that trains them differs: toggles, recipe, data, seed and rounding. What they are
evaluated on besides the test split may differ, and the shared base of a study is only how it declares the toggles.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from ablations.records.record import Record
from ablations.study.trial import training


@dataclass(frozen=True)
class Twins:
    """Arms of different studies that are the same trials.

    Attributes:
        groups: Each a tuple of (study, variant), in the order of the studies.
    """

    groups: tuple[tuple[tuple[str, str], ...], ...]

    def sentences(self, study: str | None = None) -> list[str]:
        """One sentence per group; only those that `study` is in, if it is given."""
        shown = [group for group in self.groups if study is None or study in (name for name, _ in group)]
        return [f"{_words(group)} are the same trials: one result, not {len(group)}" for group in shown]


def find_twins(records: Iterable[Record]) -> Twins:
    """Finds the arms of different studies that are the same trials, from the records of all studies."""
    arms: dict[str, dict[tuple[str, str], None]] = {}
    for record in records:
        arms.setdefault(_key(record), {})[record.study, record.variant] = None
    groups = (tuple(found) for found in arms.values() if len({study for study, _ in found}) > 1)
    return Twins(tuple(dict.fromkeys(groups)))


def _key(record: Record) -> str:
    return json.dumps([training(record.configuration), record.fingerprint, str(record.rounding)], sort_keys=True)


def _words(group: tuple[tuple[str, str], ...]) -> str:
    return " and ".join(f"{variant} of {study}" for study, variant in group)
