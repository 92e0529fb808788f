"""Trials that another study of the same folder of results has trained: the same trial is never trained twice.

Such a trial has the same address, seed and data: the same network, recipe and rounding. Its record is copied under the
name that its variant has here, and says which study it comes from and under which lock that study trained it, since its
result was known before it was counted here. A study that is locked takes no exploratory trials.
"""

from collections.abc import Iterator, Mapping, Sequence

from ablations.records import locks
from ablations.records.outcomes import FINAL
from ablations.records.record import Record
from ablations.records.store import Broken, Newer, Store
from ablations.records.trials import Site
from ablations.records.tuning import FOLDER
from ablations.study import Trial
from inception_keras.io.regular_files import Unreadable


def take_shared(store: Store, trials: Sequence[Trial], site: Site) -> list[Record]:
    """Copies what other studies have trained of `trials` into `store`, and returns the copies.

    Args:
        store: Of the study, or of the tuning, whose trials they are.
        trials: Those that have no result in it.
        site: Where the trials would be trained: their data and rounding.

    Raises:
        UserError: The folder can't be written, or a lock can't be read.
    """
    taken, trained = [], _trained_by_others(store, tuning=any(not trial.study.reads_test for trial in trials))
    for trial in trials:
        lock = locks.covering_lock(store.folder, trial)
        for theirs, record, answers in _same_trials(trained, trial, site):
            if lock is None or record.lock is not None:
                taken.append(_copy(theirs, record, answers, trial, store, lock))
                break
    return taken


def _trained_by_others(store: Store, *, tuning: bool) -> Mapping[str, list[Store]]:
    """The stores of other studies, or of their tunings, by the end of the names of their records: seed and address."""
    inside = f"/{FOLDER}" if tuning else ""
    root = store.folder.parent.parent if tuning else store.folder.parent
    found: dict[str, list[Store]] = {}
    for path in sorted(root.glob(f"*{inside}/records/*.json")):
        if path.parent != store.records:
            found.setdefault("-".join(path.stem.rsplit("-", 2)[1:]), []).append(Store(path.parent.parent))
    return found


def _same_trials(
    trained: Mapping[str, list[Store]], trial: Trial, site: Site
) -> Iterator[tuple[Store, Record, bytes | None]]:
    """The whole records of a trial in the stores of other studies, with the files of their per-example results."""
    key = site.rounding.address(trial)
    for theirs in trained.get(f"seed{trial.seed}-{key}", ()):
        try:
            record = theirs.find(trial.seed, key)
            answers = theirs.answer_file(record) if record else None
        except (Broken, Newer, Unreadable):  # for those who run or read that study
            continue
        if record and record.status in FINAL and record.fingerprint == site.data["fingerprint"]:
            yield theirs, record, answers


def _copy(theirs: Store, record: Record, answers: bytes | None, trial: Trial, ours: Store, lock: str | None) -> Record:
    made = Record({**record.adopted(trial), "study": trial.study.name, "lock": lock})
    made.setdefault("shared", {"study": record.study, "lock": record.lock})
    weights = theirs.weights_path(record)
    if made.pop("weights", None) and weights.is_file():
        made["weights"] = ours.keep_weights(made, weights.read_bytes())
    ours.put(made, answers)
    return made
