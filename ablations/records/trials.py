"""The identity of a trial, and its record."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from ablations.records.outcomes import Outcome
from ablations.study import Study, Trial, address


@dataclass(frozen=True)
class Site:
    """Where and on what a process trains: what it says of itself once its data is read.

    Attributes:
        data: As `Dataset.describe` gives it.
        hardware, versions: As `provenance` gives them.
        distribute: The switch that a person typed.
        replicas: Devices over which each batch is split.
        dispatch: As of `distribution.Devices`.
    """

    data: dict
    hardware: dict
    versions: dict[str, str]
    distribute: str = "none"
    replicas: int = 1
    dispatch: str = "step"

    @property
    def backend(self) -> str:
        return self.hardware["backend"]

    def address(self, trial: Trial) -> str:
        """The content address of a trial that runs here."""
        return trial_address(trial, **self.rounding)

    @property
    def rounding(self) -> dict:
        """The arguments of `rounding`."""
        return {"backend": self.backend, "replicas": self.replicas, "dispatch": self.dispatch}


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


def trial_address(trial: Trial, backend: str, replicas: int = 1, dispatch: str = "step") -> str:
    """The content address of a trial: its configuration, and what rounds it."""
    return address({**trial.configuration(), **rounding(backend, replicas, dispatch)})


def rounding(backend: str, replicas: int = 1, dispatch: str = "step") -> dict:
    """What has a say in the last digits of a trial; what older records do not name goes without saying."""
    several = {"replicas": replicas} if replicas > 1 else {}
    return {"backend": backend} | several | ({"dispatch": dispatch} if dispatch != "step" else {})


def rounding_of(record: Mapping) -> dict:
    """That of a record."""
    return rounding(record["hardware"]["backend"], replicas(record), dispatch(record))


def replicas(record: Mapping) -> int:
    """Devices over which a record's batches were split."""
    return record.get("devices", {}).get("replicas", 1)


def dispatch(record: Mapping) -> str:
    """Whether the device was asked for one step at a time, or for many."""
    return record.get("devices", {}).get("dispatch", "step")


def site_words(record: Mapping) -> list[str]:
    """What is not as usual in how a record's trial was computed, in words: trials that differ in it aren't compared."""
    devices = [f"{replicas(record)} devices a trial"] if replicas(record) > 1 else []
    return devices + (["many steps a dispatch"] if dispatch(record) == "scan" else [])


def make_record(
    trial: Trial, outcome: Outcome, *, site: Site, cost: Cost, lock: str | None, attempts: int, commit: str | None
) -> dict:
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
    return {
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
        "address": site.address(trial),
        "experiment": address({**trial.experiment(), **rounding(**site.rounding)}),
        "configuration": trial.configuration(),
        "lock": lock,
        **asdict(cost),
        "metrics": outcome.metrics,
        "history": outcome.history,
        "times": outcome.times,
        "data": site.data,
        "devices": {
            "distribute": site.distribute,
            "replicas": site.replicas,
            "global_batch": trial.study.recipe.batch_size,
            **({"dispatch": site.dispatch} if site.dispatch != "step" else {}),
        },
        "hardware": site.hardware,
        "versions": site.versions,
        "commit": commit,
    }


def is_of(study: Study, record: dict) -> bool:
    """Whether a record is of a trial of the study as it is declared now."""
    arm = next((arm for arm in study.arms if arm.name == record["variant"]), None)
    return arm is not None and Trial(study, arm, record["seed"]).configuration() == record["configuration"]


def hardware_words(record: Mapping) -> str:
    """What a trial ran on, in words."""
    found = record["hardware"]
    accelerators = ", ".join(found["accelerators"]) or "no accelerator"
    split = f", each batch over {replicas(record)} devices" if replicas(record) > 1 else ""
    split += ", many steps a dispatch" if dispatch(record) == "scan" else ""
    cores = "1 core" if found["cores"] == 1 else f"{found['cores']} cores"
    return f"{found['processor']}, {cores}, {found['memory_gib']} GiB, {accelerators}{split}"


def versions_words(record: Mapping) -> str:
    """Of Python and the packages, in words."""
    return ", ".join(f"{name} {version}" for name, version in record["versions"].items())
