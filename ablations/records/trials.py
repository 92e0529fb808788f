"""What names a trial, where it runs, what it costs, and the record made of these and its outcome."""

from dataclasses import asdict, dataclass

from ablations.records.outcomes import Outcome
from ablations.records.record import Record
from ablations.records.rounding import Rounding
from ablations.study import Trial


@dataclass(frozen=True)
class Site:
    """Where and on what a process trains: what it says of itself once its data is read.

    Attributes:
        data: As `Dataset.describe` gives it.
        hardware, versions: As `environment` gives them.
        rounding: How trials are computed here.
        distribute: The switch that a person typed.
    """

    data: dict
    hardware: dict
    versions: dict[str, str]
    rounding: Rounding
    distribute: str = "none"


@dataclass(frozen=True)
class TrialName:
    """What names a trial wherever it is looked at; `commit` of the code, where it is known."""

    study: str
    profile: str
    variant: str
    seed: int
    address: str
    commit: str | None


@dataclass(frozen=True)
class Cost:
    """What a variant costs; the training graph's numbers hold the auxiliary heads."""

    params: int
    head_params: int
    macs: int
    inference_params: int
    inference_macs: int


def make_record(
    trial: Trial, outcome: Outcome, *, site: Site, cost: Cost, lock: str | None, attempts: int, commit: str | None
) -> Record:
    """The record of a trial.

    Args:
        trial: What ran.
        outcome: What came of it.
        site: Where it ran.
        cost: The variant's.
        lock: The id of the lock that covered it when it began, or `None`.
        attempts: How many times it was begun in this run: more than once where its process died.
        commit: Of the code.
    """
    rounding = site.rounding
    made = {
        "study": trial.study.name,
        "profile": trial.study.profile,
        "variant": trial.variant.name,
        "arm": trial.study.arms.index(trial.variant),
        "overrides": dict(trial.variant.overrides),
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
        "history": outcome.history,
        "times": outcome.times,
        "data": site.data,
        "devices": {
            "distribute": site.distribute,
            "replicas": rounding.replicas,
            "global_batch": trial.study.recipe.batch_size,
            **({"dispatch": rounding.dispatch} if rounding.dispatch != "step" else {}),
        },
        "hardware": site.hardware,
        "versions": site.versions,
        "commit": commit,
    }
    return Record(made)
