"""The trials of a study whose final weights are kept: what can be explained, and taken to a device."""

import tempfile
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ablations.records.record import Record
from ablations.records.store import Store
from ablations.study import Study, Trial
from inception_keras.errors import UserError


@dataclass(frozen=True)
class TrainedTrial:
    """A trial that is done, with its record and the file of its weights."""

    trial: Trial
    record: Record
    weights: Path


def kept_trials(study: Study, store: Store, verb: str, words: Sequence[str] = ()) -> dict[str, list[TrainedTrial]]:
    """By variant the trials with weights, those of the seeds that every variant has.

    A variant all of whose trials diverged is left out: there is nothing to keep of it. `left_out` names it.

    Args:
        study, store: Whose trials, and where they are.
        verb: The command that wants them.
        words: How a person names the study in this profile, such as `["pooling", "--reduced"]`; its name by default.

    Raises:
        UserError: Of a variant, or of the same seed in all, there are no weights; says what to type.
    """
    found: dict[str, dict[int, TrainedTrial]] = {arm.name: {} for arm in study.arms}
    endings: dict[str, set[str]] = {arm.name: set() for arm in study.arms}
    records, trained = store.load(), 0
    for trial in study.trials():
        configuration = trial.configuration()  # weights are the same for every backend and number of devices
        for record in (record for record in records if record.configuration == configuration):
            endings[trial.variant.name].add(record.status)
            if record.done:
                trained += 1
                path = store.weights_path(record)
                if path.exists():
                    found[trial.variant.name].setdefault(trial.seed, TrainedTrial(trial, record, path))
    found = {name: trials for name, trials in found.items() if endings[name] != {"diverged"}}
    if study.baseline.name not in found:
        raise UserError(f"every trial of {study.baseline.name} diverged: there is no baseline to {verb}")
    seeds = set.intersection(*(set(trials) for trials in found.values()))
    if not seeds:
        raise _lacking(store, found, trained, verb, " ".join(words or [study.name]))
    return {name: [trials[seed] for seed in sorted(seeds)] for name, trials in found.items()}


def left_out_sentence(study: Study, kept: Collection[str]) -> str | None:
    """A sentence on the variants that `kept_trials` left out; `None` where there are none."""
    names = [arm.name for arm in study.arms if arm.name not in kept]
    return f"Left out, since every trial diverged: {', '.join(names)}." if names else None


def _lacking(store: Store, found: dict, trained: int, verb: str, words: str) -> UserError:
    without = [name for name, trials in found.items() if not trials]
    of = f"the variant{'s' * (len(without) > 1)} {', '.join(without)}" if without else "one seed of all variants"
    if not trained:
        return UserError(
            f"{store.folder} holds no weights of {of}: type `python -m ablations run {words} --keep-weights --out "
            f"{store.folder.parent}` first"
        )
    return UserError(
        f"{store.folder} holds no weights of {of}, and a trial that is done is not run again: type `python -m "
        f"ablations run {words} --keep-weights --out OTHER`, OTHER being another folder, then `python -m ablations "
        f"{verb} {words} --out OTHER`"
    )


FILE = "network.weights.h5"


def pack(model) -> bytes:
    """The content of the file that `model.save_weights` writes."""
    with tempfile.TemporaryDirectory(prefix="ablations-") as folder:
        path = Path(folder) / FILE
        model.save_weights(path)
        return path.read_bytes()


def lacking_weights(store: Store, records: Iterable[Record]) -> list[Record]:
    """The records of trials that are done and whose weights are not kept."""
    return [record for record in records if record.done and not store.weights_path(record).exists()]


def weights_remedy(store: Store, lacking: Iterable[Record]) -> str:
    """Which trials have no weights, why they get none by themselves, and what to type."""
    seeds: dict[str, list[int]] = {}
    for record in lacking:
        seeds.setdefault(record.variant, []).append(record.seed)
    trials = "; ".join(f"{variant} seed {', '.join(map(str, own))}" for variant, own in seeds.items())
    study = store.folder.name
    return (
        f"no weights are kept of {trials}: a trial that is done is not run again. To train them with their weights, "
        f"type `python -m ablations run {study} --keep-weights --out OTHER`, OTHER being another folder than "
        f"{store.folder.parent}"
    )
