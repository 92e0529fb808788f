"""Locks: what a study will test, written to a file before the run, so that nobody chooses the question by the results.

A lock is `DIR/STUDY/locks/ID.json`. It is never changed; a study that changed needs another one. A lock knows an arm by
its network, as `records.declared` does: a variant with another name is no change. Each record names the lock that
covered its trial when it ran; a trial that ran without one is exploratory.
"""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from ablations.files import write_files
from ablations.records.neighbours import records_of_others
from ablations.records.outcomes import FINAL
from ablations.records.record import Record
from ablations.records.store import MOST_BYTES, Broken, Newer, Store, read
from ablations.records.tuning import check_tuned
from ablations.study import Study, Trial, Variant, address
from ablations.study.decimals import numbered
from ablations.study.stated_toggles import stated
from ablations.study.trial import training
from inception_keras.errors import UserError
from inception_keras.io.regular_files import Unreadable, read_file
from inception_keras.io.schema import parse_object

TERMS = {"study", "hypothesis", "comparisons", "paired", "seeds", "experiment", "variants"}  # of every lock
SEEDS = ("seeds", "rung_seeds")  # the terms that a run of part of a study changes


def terms(study: Study) -> dict:
    """What a lock fixes, as JSON types: hypothesis, comparisons, seeds, and the experiment that they are about.

    Raises:
        UserError: The study has no claim.
    """
    if study.hypothesis is None:
        raise UserError(f"{study.name} states no claim, so there is nothing to lock: give it a Claim")
    fixed = {
        "study": study.name,
        "hypothesis": asdict(study.hypothesis),
        "comparisons": study.pairs,
        "paired": study.paired,
        "seeds": list(study.seed_range),
        "experiment": study.trials()[0].experiment(),  # of the last rung
        "variants": {variant.name: stated(study.toggles(variant)) for variant in study.arms},
    }
    return json.loads(json.dumps(fixed | _later(study)))


def _later(study: Study) -> dict:
    """The terms that a study has only if it declares them, so that locks from before there were any stay valid."""
    recipes = {arm.name: changed for arm in study.arms if (changed := _own_recipe(study, arm))}
    found = {
        "secondary": [asdict(claim) for claim in study.secondary],
        "recipes": recipes,
        "rungs": study.rungs,
        "rung_seeds": study.rung_seeds,
        "floor": study.floor,
        "tuning": asdict(study.tuning) if study.tuning else None,
    }
    return {name: value for name, value in found.items() if value not in (None, (), [], {})}


def _own_recipe(study: Study, arm: Variant) -> dict[str, object]:
    """The fields of an arm's recipe, declared or tuned, that differ from the study's."""
    shared, own = asdict(study.recipe), asdict(study.recipe_of(arm))
    return {name: value for name, value in own.items() if value != shared[name]}


def lock_id(locked: dict) -> str:
    """12 hexadecimal digits of the SHA-256 of a lock's terms."""
    return sha256(json.dumps(locked, sort_keys=True).encode()).hexdigest()[:12]


def check_lockable(study: Study, folder: Path):
    """Checks that the study can be locked.

    Raises:
        UserError: It has no claim, some of its trials were run already, other studies have trained both arms of a
            comparison, or it is not tuned yet.
    """
    check_tuned(study, study.name)  # a lock holds what tuning chose
    terms(study)
    if lock_of_study(folder, study) is None:
        _check_not_run(study, folder)
        _check_not_known(study, folder)


def write_lock(study: Study, folder: Path, commit: str | None) -> Path:
    """Locks a study whose results are in `folder` and returns the lock's path; a lock on the same terms stays as it is.

    Raises:
        UserError: As `check_lockable`.
    """
    check_lockable(study, folder)
    if present := lock_of_study(folder, study):
        return _lock_path(folder, present)
    locked = terms(study)
    path = _lock_path(folder, lock_id(locked))
    note = {"locked": datetime.now(UTC).isoformat(timespec="seconds"), "commit": commit}
    write_files(path.parent, {path.name: json.dumps({"lock": path.stem, **note, "terms": locked}, indent=1) + "\n"})
    return path


def load_locks(folder: Path) -> list[dict]:
    """All locks of the study whose results are in `folder`, sorted by id.

    Raises:
        UserError: A lock can't be read, or its terms do not match the id in its name.
    """
    found = []
    for path in sorted((folder / "locks").glob("*.json")):
        try:
            lock = parse_object(read_file(path, MOST_BYTES))
            intact = lock_id(lock["terms"]) == lock["lock"] == path.stem and lock["terms"].keys() >= TERMS
        except Unreadable:
            raise
        except (ValueError, KeyError, TypeError, AttributeError):
            intact = False
        if not intact:
            raise UserError(f"{path} is no lock, or was changed after it was made: restore the original file")
        found.append(lock)
    return found


def locked_at(folder: Path, lock: str) -> str:
    """When a lock was made, in ISO format, UTC; empty if its file is not there."""
    return next((found["locked"] for found in load_locks(folder) if found["lock"] == lock), "")


def lock_of_study(folder: Path, study: Study) -> str | None:
    """The id of the lock on the study as it is declared now, with exactly its seeds; `None` without one."""
    now = terms(study) if study.hypothesis else {}
    return _find_lock(folder, study, lambda locked: all(locked.get(part) == now.get(part) for part in SEEDS))


def covering_lock(folder: Path, trial: Trial) -> str | None:
    """The id of the lock that covers a trial as it is declared now; `None`: it is exploratory."""
    return _find_lock(folder, trial.study, lambda locked: trial.seed in _seeds_at(locked, trial.rung))


def _find_lock(folder: Path, study: Study, fits) -> str | None:
    if study.hypothesis is None:
        return None
    current = _promised(terms(study))
    covering = (lock for lock in load_locks(folder) if fits(lock["terms"]))
    return next((lock["lock"] for lock in covering if _promised(lock["terms"]) == current), None)


def _seeds_at(locked: dict, rung: int) -> list[int]:
    """The seeds that a lock fixes for a rung."""
    return locked["seeds"][: locked.get("rung_seeds", {}).get(str(rung), len(locked["seeds"]))]


def _lock_path(folder: Path, lock: str) -> Path:
    return folder / "locks" / f"{lock}.json"


def _promised(locked: dict) -> dict:
    """The terms with each arm's network and recipe in place of its name, and without the seeds, of each rung as well.

    `run --seeds 3` runs part of a locked study, under the same lock.
    """
    recipes = locked.get("recipes", {})
    networks = {
        name: json.dumps([toggles, recipes.get(name, {})], sort_keys=True)
        for name, toggles in locked["variants"].items()
    }

    def of_networks(claim: dict) -> dict:
        return {**claim, **{part: networks.get(claim[part]) for part in ("variant", "baseline") if claim.get(part)}}

    return {
        **{name: value for name, value in locked.items() if name not in (*SEEDS, "recipes")},
        "hypothesis": of_networks(locked["hypothesis"]),
        "secondary": [of_networks(claim) for claim in locked.get("secondary", [])],
        "comparisons": [[networks.get(name) for name in pair] for pair in locked["comparisons"]],
        "variants": sorted(networks.values()),
    }


def _check_not_run(study: Study, folder: Path):
    """Raises if a trial of the study has a result: who has seen one could choose the question by it."""
    wanted = {_trained(trial.configuration()) for trial in study.trials()}
    records = [record for record in Store(folder).load() if record.status in FINAL]
    seen = sorted({record.seed for record in records if _trained(record.configuration) in wanted})
    if seen:
        raise UserError(
            f"{study.name}: trials with seed {', '.join(map(str, seen))} were run already, and a study can only be "
            f"locked before it runs: set first_seed={seen[-1] + 1} in the study, or another --out"
        )


def _check_not_known(study: Study, folder: Path):
    """Raises if other studies trained both arms of a comparison with one seed: their difference is known already."""
    known: dict[tuple[str, int, int], str] = {}  # by arm, rung and seed the study that trained it
    trials = {_trained(trial.configuration()): trial for trial in study.trials()}
    for record in _trained_elsewhere(study, folder):
        if trial := trials.get(_trained(record.configuration)):
            known[trial.variant.name, trial.rung, trial.seed] = record.study
    for baseline, variant in study.pairs:
        both = [key for arm, *key in known if arm == baseline and (variant, *key) in known]
        if both:
            studies = sorted({known[arm, rung, seed] for arm in (baseline, variant) for rung, seed in both})
            seeds = sorted({seed for _, seed in both})
            raise UserError(
                f"{study.name}: both arms of {variant} and {baseline} were trained with "
                f"{numbered('seed', seeds)} already ({', '.join(studies)}), and a study can only be locked before "
                f"it runs: set first_seed={seeds[-1] + 1} in the study"
            )


def _trained(configuration: dict) -> str:
    """What tells whether a trial was trained already: neither another evaluation nor another baseline hides it."""
    return address(training(configuration))


def _trained_elsewhere(study: Study, folder: Path) -> Iterator[Record]:
    """The final records of other studies with the seeds of this one; those that can't be read are left out."""
    seeds = {f"seed{seed}" for seed in study.seed_range}
    for path in records_of_others(folder, study.name):
        if seeds.intersection(path.stem.split("-")[-2:-1]):
            with contextlib.suppress(Broken, Newer, Unreadable):
                if (record := read(path)).status in FINAL:
                    yield record
