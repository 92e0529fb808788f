"""Locks: what a study will test, fixed in a file before the run, so that a result can't choose its own question.

A lock is `DIR/STUDY/locks/ID.json`. It is never changed; a study that changed needs another one. Each record names the
lock that covered its trial when it ran, and what ran without one is exploratory.
"""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from ablations.files import write_files
from ablations.records.outcomes import FINAL
from ablations.records.record import Record
from ablations.records.store import Store
from ablations.study import Study, Trial, address
from inception_keras.errors import UserError


def terms(study: Study) -> dict:
    """What a lock fixes, as JSON has it: hypothesis, comparisons, seeds, and the experiment they speak of."""
    if study.hypothesis is None:
        raise UserError(f"{study.name} states no claim, so that there is nothing to lock: give it a Claim")
    fixed = {
        "study": study.name,
        "hypothesis": asdict(study.hypothesis),
        "comparisons": study.pairs,
        "paired": study.paired,
        "seeds": list(study.seed_range),
        "experiment": study.trials()[0].experiment(),
        "variants": {variant.name: study.toggles(variant) for variant in study.arms},
    }
    if study.secondary:  # locks that are older than secondary claims stay valid
        fixed["secondary"] = [asdict(claim) for claim in study.secondary]
    return json.loads(json.dumps(fixed))


def lock_id(locked: dict) -> str:
    """12 hexadecimal digits of the SHA-256 of a lock's terms."""
    return sha256(json.dumps(locked, sort_keys=True).encode()).hexdigest()[:12]


def check_lockable(study: Study, folder: Path):
    """Whether the study can be locked.

    Raises:
        UserError: It has no claim, or some of its trials were run already.
    """
    if not _path(study, folder).exists():
        _check_unseen(study, folder)


def write_lock(study: Study, folder: Path, commit: str | None) -> Path:
    """Locks a study whose results are in `folder`; a lock on the same terms stays as it is.

    Raises:
        UserError: As `check`.
    """
    check_lockable(study, folder)
    locked, path = terms(study), _path(study, folder)
    if path.exists():
        return path
    note = {"locked": datetime.now(UTC).isoformat(timespec="seconds"), "commit": commit}
    write_files(path.parent, {path.name: json.dumps({"lock": path.stem, **note, "terms": locked}, indent=1) + "\n"})
    return path


def load_locks(folder: Path) -> list[Record]:
    """All locks of the study whose results are in `folder`.

    Raises:
        UserError: A lock whose terms are not those that its name was made from.
    """
    found = []
    for path in sorted((folder / "locks").glob("*.json")):
        try:
            lock = json.loads(path.read_text())
            intact = lock_id(lock["terms"]) == lock["lock"] == path.stem
        except (OSError, ValueError, KeyError, TypeError):
            intact = False
        if not intact:
            raise UserError(f"{path} is no lock, or was changed after it was made: bring back the file as it was")
        found.append(lock)
    return found


def lock_of_study(folder: Path, study: Study) -> str | None:
    """The id of the lock on the study as it stands now, with exactly its seeds; `None` without one."""
    return _find(folder, study, lambda seeds: seeds == list(study.seed_range))


def covering_lock(folder: Path, trial: Trial) -> str | None:
    """The id of the lock that a trial runs under, or `None`: then it is exploratory."""
    return _find(folder, trial.study, lambda seeds: trial.seed in seeds)


def _find(folder: Path, study: Study, fits) -> str | None:
    if study.hypothesis is None:
        return None
    now = _rest(terms(study))
    return next(
        (lock["lock"] for lock in load_locks(folder) if _rest(lock["terms"]) == now and fits(lock["terms"]["seeds"])),
        None,
    )


def _path(study: Study, folder: Path) -> Path:
    return folder / "locks" / f"{lock_id(terms(study))}.json"


def _rest(locked: dict) -> dict:
    """The terms without the seeds: `run --seeds 3` begins a locked study and changes nothing in it."""
    return {name: value for name, value in locked.items() if name != "seeds"}


def _check_unseen(study: Study, folder: Path):
    """A lock is made before the run: whoever has seen a result could choose the question by it."""
    wanted = {address(trial.configuration()) for trial in study.trials()}
    records = [record for record in Store(folder).load() if record.status in FINAL]
    seen = sorted({record.seed for record in records if address(record.configuration) in wanted})
    if seen:
        raise UserError(
            f"{study.name}: trials with seed {', '.join(map(str, seen))} were run already, and a lock is made before "
            f"the run: set first_seed={seen[-1] + 1} in the study, or another --out"
        )
