"""Trials that another study of the same folder of results has trained: the same trial is never trained twice.

Such a trial has the same address, seed and data: the same network, recipe and rounding. Its record is copied under the
name that its variant has here, and says which study it comes from and under which lock that study trained it, since its
result was known before it was counted here. A study that is locked takes no exploratory trials.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ablations.records import locks
from ablations.records.neighbours import records_of_others
from ablations.records.outcomes import FINAL
from ablations.records.record import Record
from ablations.records.rounding import Rounding
from ablations.records.store import Broken, Newer, Store
from ablations.study import Study, Trial
from ablations.study.decimals import counted
from inception_keras.io.regular_files import Unreadable


@dataclass(frozen=True)
class Shared:
    """A trial that another study has trained.

    Attributes:
        trial: As it is declared here.
        record: Its record in the other study.
        answers: The file of its per-example test results; `None` if it has none.
        weights: The file of its final weights; `None` if they are not kept.
        lock: The id of the lock here that covers the trial, or `None`.
    """

    trial: Trial
    record: Record
    answers: bytes | None
    weights: bytes | None
    lock: str | None

    @property
    def study(self) -> str:
        """The study that trained it."""
        return self.record.shared.get("study", self.record.study)


def take_shared(
    store: Store, trials: Sequence[Trial], rounding: Rounding, fingerprint: str, *, weights: bool = False
) -> list[Shared]:
    """Copies what other studies have trained of `trials` into `store`; as `find_shared`.

    Raises:
        UserError: The folder can't be written, or a lock can't be read.
    """
    found = find_shared(store, trials, rounding, fingerprint, weights=weights)
    for shared in found:
        _copy(shared, store)
    return found


def find_shared(
    store: Store, trials: Sequence[Trial], rounding: Rounding, fingerprint: str, *, weights: bool = False
) -> list[Shared]:
    """What other studies have trained of `trials`.

    Args:
        store: Of the study, or of the tuning, whose trials they are.
        trials: Those that have no result in it.
        rounding: How they would be computed.
        fingerprint: Of the data that they would be trained on.
        weights: Whether only trials count whose final weights are kept.

    Raises:
        UserError: A lock can't be read.
    """
    found, trained = [], _trained_by_others(store, trials[0].study) if trials else {}
    for trial in trials:
        lock, key = locks.covering_lock(store.folder, trial), rounding.address(trial)
        for theirs in trained.get(f"seed{trial.seed}-{key}", ()):
            shared = _read(theirs, trial, key, lock)
            if shared and shared.record.fingerprint == fingerprint and (shared.weights or not weights):
                found.append(shared)
                break
    return found


def _trained_by_others(store: Store, study: Study) -> Mapping[str, list[Store]]:
    """The stores of other studies, or of their tunings, by the end of the names of their records: seed and address."""
    found: dict[str, list[Store]] = {}
    for path in records_of_others(store.folder, study.name, tuning=not study.reads_test):
        found.setdefault("-".join(path.stem.rsplit("-", 2)[1:]), []).append(Store(path.parent.parent))
    return found


def _read(theirs: Store, trial: Trial, key: str, lock: str | None) -> Shared | None:
    """What a store has of a trial; `None` unless it is whole, and locked if `lock` covers the trial here."""
    try:
        record = theirs.find(trial.seed, key)
        if record is None or record.status not in FINAL or (lock and not record.lock):
            return None
        return Shared(trial, record, theirs.answer_file(record), theirs.weights_file(record), lock)
    except (Broken, Newer, Unreadable):  # for those who run or read that study
        return None


def _copy(shared: Shared, ours: Store):
    record = shared.record
    made = Record({**record.adopted(shared.trial), "study": shared.trial.study.name, "lock": shared.lock})
    made.setdefault("shared", {"study": record.study, "lock": record.lock})
    made.pop("weights", None)
    if shared.weights is not None:
        made["weights"] = ours.keep_weights(made, shared.weights)
    ours.put(made, shared.answers)


def sources(found: Sequence[Shared]) -> str:
    """How many trials come from which studies, in words."""
    by_study = Counter(shared.study for shared in found)
    return ", ".join(f"{counted(number, 'trials')} of {study}" for study, number in sorted(by_study.items()))
