"""A record read by name: the one place that knows the inside of a trial's JSON file."""

from ablations import environment
from ablations.records.rounding import Rounding
from ablations.study import Study, Trial


class Record(dict):
    """The record of a trial.

    It is the content of its file, so that it is compared and written as it is, with a property for each part that the
    code reads. `store.make_record` says what the parts are.
    """

    @property
    def study(self) -> str:
        return self["study"]

    @property
    def profile(self) -> str:
        """`full`, `reduced`, or either with the settings that were changed."""
        return self["profile"]

    @property
    def variant(self) -> str:
        return self["variant"]

    @property
    def arm(self) -> int:
        """The variant's place in the study when the trial ran."""
        return self["arm"]

    @property
    def overrides(self) -> dict:
        return self["overrides"]

    @property
    def seed(self) -> int:
        return self["seed"]

    @property
    def status(self) -> str:
        """One of `outcomes.STATUSES`."""
        return self["status"]

    @property
    def reason(self) -> str:
        """Why it is not done; empty where it is."""
        return self["reason"]

    @property
    def done(self) -> bool:
        return self.status == "done"

    @property
    def address(self) -> str:
        return self["address"]

    @property
    def experiment(self) -> str:
        """Trials with the same one may be compared with each other."""
        return self["experiment"]

    @property
    def lock(self) -> str | None:
        """The id of the lock that covered the trial when it began."""
        return self.get("lock")

    @property
    def configuration(self) -> dict:
        """What the address was made from, but for the rounding."""
        return self["configuration"]

    @property
    def recipe(self) -> dict:
        return self.configuration["recipe"]

    @property
    def toggles(self) -> dict:
        """Every toggle of the network with its value; `model` is one of them."""
        return self.configuration["toggles"]

    @property
    def params(self) -> int:
        return self["params"]

    @property
    def macs(self) -> int:
        return self["macs"]

    @property
    def metrics(self) -> dict[str, dict[str, float]]:
        """By split, after the last epoch."""
        return self["metrics"]

    @property
    def history(self) -> list[dict]:
        """One row per epoch."""
        return self["history"]

    @property
    def times(self) -> dict[str, float]:
        """Seconds: see `outcomes.Outcome`."""
        return self["times"]

    @property
    def data(self) -> dict:
        """As `Dataset.describe` gives it."""
        return self["data"]

    @property
    def fingerprint(self) -> str:
        """Of the data."""
        return self.data["fingerprint"]

    @property
    def rounding(self) -> Rounding:
        devices = self.get("devices", {})  # records of before had one device and no such entry
        return Rounding(self.backend, devices.get("replicas", 1), devices.get("dispatch", "step"))

    @property
    def hardware(self) -> dict:
        return self["hardware"]

    @property
    def backend(self) -> str:
        return self.hardware["backend"]

    @property
    def versions(self) -> dict[str, str]:
        return self["versions"]

    @property
    def commit(self) -> str | None:
        """Of the code; `None` where it was not in a checkout."""
        return self["commit"]

    @property
    def answers(self) -> str | None:
        """SHA-256 of the file with the results of single test examples; `None` where there is none."""
        return self["answers"]

    def belongs_to(self, study: Study) -> bool:
        """Whether it is of a trial of the study as it is declared now."""
        arm = next((arm for arm in study.arms if arm.name == self.variant), None)
        return arm is not None and Trial(study, arm, self.seed).configuration() == self.configuration

    def hardware_words(self) -> str:
        """What the trial ran on, and how it was used."""
        rounding = self.rounding
        split = f", each batch over {rounding.replicas} devices" if rounding.replicas > 1 else ""
        split += ", many steps a dispatch" if rounding.dispatch == "scan" else ""
        return environment.hardware_words(self.hardware) + split

    def versions_words(self) -> str:
        """Python and the packages."""
        return environment.versions_words(self.versions)
