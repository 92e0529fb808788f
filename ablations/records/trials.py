"""The name of a trial, where it runs, what its variant costs, and the record made of these and its outcome."""

from dataclasses import asdict, dataclass

from ablations.records.outcomes import Outcome
from ablations.records.record import Record, declared_settings
from ablations.records.rounding import Rounding
from ablations.study import Trial


@dataclass(frozen=True)
class Site:
    """Where a process trains and on what data; a worker reports it once its data is read.

    Attributes:
        data: As `Dataset.describe` returns it.
        hardware, versions: As `environment` returns them.
        rounding: How trials are computed here.
        distribute: The value of `--distribute`.
    """

    data: dict
    hardware: dict
    versions: dict[str, str]
    rounding: Rounding
    distribute: str = "none"


@dataclass(frozen=True)
class TrialName:
    """What identifies a trial in loggers; `commit` is that of the code, if known."""

    study: str
    profile: str
    variant: str
    seed: int
    address: str
    commit: str | None


@dataclass(frozen=True)
class Cost:
    """Parameters and multiply-adds of a variant.

    Attributes:
        params, macs: Of the training graph, with the auxiliary heads.
        head_params: Parameters of the training graph outside the trunk.
        inference_params, inference_macs: Of the graph without the auxiliary heads.
    """

    params: int
    head_params: int
    macs: int
    inference_params: int
    inference_macs: int


def make_record(
    trial: Trial, outcome: Outcome, *, site: Site, cost: Cost, lock: str | None, attempts: int, commit: str | None
) -> Record:
    """Makes the record of a trial.

    Args:
        trial: What ran.
        outcome: How it ended.
        site: Where it ran.
        cost: Of the variant.
        lock: The id of the lock that covered the trial when it began, or `None`.
        attempts: How many times it was begun in this run: more than once if its process died.
        commit: Of the code.
    """
    rounding = site.rounding
    made = {
        "study": trial.study.name,
        "profile": trial.study.profile,
        "variant": trial.variant.name,
        "arm": trial.study.arms.index(trial.variant),
        **declared_settings(trial),
        "why": trial.variant.why,
        "seed": trial.seed,
        "status": outcome.status,
        "reason": outcome.reason,
        "attempts": attempts,
        "address": rounding.address(trial),
        "experiment": rounding.experiment(trial),
        "configuration": trial.configuration(),
        "lock": lock,
        **asdict(cost),
        "metrics": outcome.metrics,
        **({"by_class": outcome.by_class} if outcome.by_class else {}),
        "history": outcome.history,
        "times": outcome.times,
        **({"began": outcome.began} if outcome.began else {}),
        **({"load": outcome.load} if outcome.load else {}),
        "data": site.data,
        "devices": {
            "distribute": site.distribute,
            "replicas": rounding.replicas,
            "global_batch": trial.recipe.batch_size,
            **({"dispatch": rounding.dispatch} if rounding.dispatch != "step" else {}),
        },
        "hardware": site.hardware,
        "versions": site.versions,
        "commit": commit,
    }
    return Record(made)
