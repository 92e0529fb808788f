"""The trials of a study whose final weights are kept: `explain`, `deploy` and `ensemble` need them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ablations.records.record import Record
from ablations.records.store import Store
from ablations.study import Study, Trial
from ablations.study.decimals import numbered
from inception_keras.errors import UserError
from inception_keras.io.keras_weights import weights_content


@dataclass(frozen=True)
class TrainedTrial:
    """A trial with status `done`, its record and the file of its weights."""

    trial: Trial
    record: Record
    weights: Path


def kept_trials(study: Study, store: Store, verb: str, words: Sequence[str] = ()) -> dict[str, list[TrainedTrial]]:
    """The trained trials by variant, for the seeds whose weights are kept for every variant.

    A variant whose trials all diverged is left out, since it has no weights; `left_out_sentence` names it.

    Args:
        study: Whose trials.
        store: Where its results are.
        verb: The command that needs the weights, for the messages.
        words: How the user names the study in this profile, such as `["pooling", "--reduced"]`; its name by default.

    Raises:
        UserError: A variant has no weights, or no seed has weights for every variant; the message says what to type.
    """
    found: dict[str, dict[int, TrainedTrial]] = {arm.name: {} for arm in study.arms}
    endings: dict[str, set[str]] = {arm.name: set() for arm in study.arms}
    records, trained = store.load(), 0
    for trial in study.at().trials():
        configuration = (
            trial.configuration()
        )  # without the rounding: weights of any backend and number of devices will do
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
        raise _no_weights(store, found, trained, verb, " ".join(words or [study.name]))
    return {name: [trials[seed] for seed in sorted(seeds)] for name, trials in found.items()}


def left_out_sentence(study: Study, kept: Collection[str]) -> str | None:
    """A sentence that names the variants that `kept_trials` left out; `None` if there are none."""
    names = [arm.name for arm in study.arms if arm.name not in kept]
    return f"Left out, since every trial diverged: {', '.join(names)}." if names else None


def _no_weights(store: Store, found: dict, trained: int, verb: str, words: str) -> UserError:
    without = [name for name, trials in found.items() if not trials]
    whose = f"the variant{'s' * (len(without) > 1)} {', '.join(without)}" if without else "one seed of all variants"
    if not trained:
        return UserError(
            f"{store.folder} holds no weights of {whose}: type `python -m ablations run {words} --keep-weights --out "
            f"{store.folder.parent}` first"
        )
    return UserError(
        f"{store.folder} holds no weights of {whose}, and a trial that is done is not run again: type `python -m "
        f"ablations run {words} --keep-weights --out OTHER`, where OTHER is another folder, then `python -m ablations "
        f"{verb} {words} --out OTHER`"
    )


def pack(model) -> bytes:
    """The content of a weights file, made in memory: the disk of temporary files may be small or full."""
    return weights_content(model)


def lacking_weights(store: Store, records: Iterable[Record]) -> list[Record]:
    """The records of trials that are done but whose weights are not kept."""
    return [record for record in records if record.done and not store.weights_path(record).exists()]


def weights_remedy(store: Store, lacking: Iterable[Record], words: Sequence[str]) -> str:
    """A message that says which trials have no weights, why another `run` does not add them, and what to type.

    Args:
        store: Where the trials are.
        lacking: Their records.
        words: How the user names the study.
    """
    seeds: dict[str, list[int]] = {}
    for record in lacking:
        seeds.setdefault(record.variant, []).append(record.seed)
    trials = "; ".join(f"{variant} {numbered('seed', own)}" for variant, own in seeds.items())
    return (
        f"no weights are kept of {trials}: a trial that is done is not run again. To train them with their weights, "
        f"type `python -m ablations run {' '.join(words)} --keep-weights --out OTHER`, where OTHER is another "
        f"folder than {store.folder.parent}"
    )
