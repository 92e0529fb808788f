"""Typed access to a trial's record: the only module that knows the keys of its JSON file."""

import json
from collections.abc import Callable
from functools import cached_property

from ablations import environment
from ablations.records.rounding import Rounding
from ablations.study import Trial
from ablations.study.arms import CROP
from ablations.study.own_measures import Answers
from ablations.study.recipe import LATER
from ablations.study.trial import content

DATA = ("dataset", "image_size", "validation", "fraction", "classes")  # the keys of `data_settings`
DECLARED = ("overrides", "recipe_overrides")  # of a variant as it is declared; what was tuned stays true


class Record(dict):
    """The record of a trial: the content of its JSON file, with a property for each key that the code reads.

    It stays a dict, so that it is compared and written as it is. `trials.make_record` lists the keys.
    """

    _filed_as: str  # set on a record that another name has adopted
    _reader: "Callable[[Record], Answers | None]"  # set by the store that the record is read from

    @property
    def study(self) -> str:
        return self["study"]

    @property
    def profile(self) -> str:
        """`full` or `reduced`, followed by the settings that were changed."""
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
    def changed(self) -> dict:
        """What the variant changed in the baseline when the trial ran: toggles, then fields of the recipe."""
        return {**self.overrides, **self.get("recipe_overrides", {})}

    @property
    def tuned(self) -> dict:
        """The settings that tuning had chosen for the variant; empty if nothing was tuned."""
        return self.get("tuned", {})

    @property
    def seed(self) -> int:
        return self["seed"]

    @property
    def status(self) -> str:
        """One of `outcomes.STATUSES`."""
        return self["status"]

    @property
    def reason(self) -> str:
        """Why the status is not `done`; else empty."""
        return self["reason"]

    @property
    def done(self) -> bool:
        return self.status == "done"

    @property
    def address(self) -> str:
        return self["address"]

    @property
    def experiment(self) -> str:
        """The experiment's address: trials with the same one may be compared."""
        return self["experiment"]

    @property
    def lock(self) -> str | None:
        """The id of the lock that covered the trial when it began, or when it was taken from another study."""
        return self.get("lock")

    @property
    def shared(self) -> dict:
        """For a trial that another study trained: `study`, which one, and `lock`, its lock there; else empty."""
        return self.get("shared", {})

    @property
    def configuration(self) -> dict:
        """What the address hashes, together with the terms of the rounding."""
        return self["configuration"]

    @cached_property
    def content(self) -> str:
        """The configuration as the key of `Study.by_content`."""
        return content(self.configuration)

    @property
    def recipe(self) -> dict:
        """The trial's own recipe: its `epochs` are those of its rung. Older records lack later fields."""
        return self.configuration["recipe"]

    @property
    def batch_statistics(self) -> str:
        """As `Recipe.batch_statistics`: what batch normalisation used in this trial's evaluations."""
        return self.recipe.get("batch_statistics", LATER["batch_statistics"])

    @property
    def toggles(self) -> dict:
        """Every toggle of the network with its value; `model` is one of them."""
        return self.configuration["toggles"]

    @property
    def params(self) -> int:
        return self["params"]

    @property
    def trained_params(self) -> int:
        """Parameters of the inference network that training changes: those of a frozen trunk are not among them."""
        trunk = self["params"] - self["head_params"]
        return self["inference_params"] - (trunk if self.toggles.get("freeze") == "trunk" else 0)

    @property
    def macs(self) -> int:
        return self["macs"]

    @property
    def inference_macs(self) -> int:
        return self["inference_macs"]

    @property
    def metrics(self) -> dict[str, dict[str, float]]:
        """By split, after the last epoch; older records lack some of the test split's."""
        return self["metrics"]

    @property
    def by_class(self) -> dict[str, float]:
        """By name of the class its accuracy on the test split; empty in older records."""
        return self.get("by_class", {})

    @property
    def history(self) -> list[dict]:
        """One row per epoch."""
        return self["history"]

    @property
    def times(self) -> dict[str, float]:
        """In seconds: see `outcomes.Outcome`."""
        return self["times"]

    @property
    def began(self) -> str:
        """When the trial began, in ISO format, UTC; empty in older records."""
        return self.get("began", "")

    @property
    def load(self) -> list[float]:
        """The machine's load average when the trial began and ended; empty in older records."""
        return self.get("load", [])

    @property
    def data(self) -> dict:
        """As `Dataset.describe` returns it."""
        return self["data"]

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the data."""
        return self.data["fingerprint"]

    @property
    def data_settings(self) -> str:
        """The settings that choose the data, as a key: with the same ones, trials of every rung see the same data."""
        stored = CROP in self.recipe["augmentation"]  # of such training images the fingerprint is another one
        return json.dumps([stored, *(self.configuration.get(name) for name in DATA)])

    @property
    def rounding(self) -> Rounding:
        devices = self.get("devices", {})  # older records have no such key: their trials used one device
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
        """The commit of the code; `None` outside a checkout."""
        return self["commit"]

    @property
    def answers(self) -> str | None:
        """SHA-256 of the file of per-example test results; `None` if there is none."""
        return self["answers"]

    def answered(self) -> Answers | None:
        """Labels and predictions of the test examples; `None` if no store has them."""
        reader = getattr(self, "_reader", None)
        return reader(self) if reader else None

    def read_by(self, reader: "Callable[[Record], Answers | None]") -> "Record":
        """The record itself, with what reads its answers."""
        self._reader = reader
        return self

    @property
    def filed_as(self) -> str:
        """The variant's name when the trial ran: its files have it."""
        return getattr(self, "_filed_as", self.variant)

    def adopted(self, trial: Trial) -> "Record":
        """The record as that of a trial with the same content, of a study as it is declared now.

        It takes the profile, the experiment, and the name and place of the trial's arm. Its files keep their name.
        """
        study, arm = trial.study, trial.variant
        now = {"profile": study.profile, "variant": arm.name, "arm": study.arms.index(arm)}
        now["experiment"] = self.rounding.experiment(trial)
        if all(self[name] == value for name, value in now.items()):
            return self
        kept = {name: value for name, value in self.items() if name not in DECLARED}
        made = Record({**kept, **now, "why": arm.why, **declared_settings(trial)})
        made._filed_as = self.filed_as
        return made.read_by(self._reader) if hasattr(self, "_reader") else made

    def hardware_words(self) -> str:
        """What the trial ran on: hardware, number of devices, dispatch."""
        rounding = self.rounding
        split = f", each batch over {rounding.replicas} devices" if rounding.replicas > 1 else ""
        split += ", many steps a dispatch" if rounding.dispatch == "scan" else ""
        return environment.hardware_words(self.hardware) + split

    def versions_words(self) -> str:
        """The versions of Python and the packages."""
        return environment.versions_words(self.versions)


def declared_settings(trial: Trial) -> dict[str, dict]:
    """What a variant changes and what its tuning chose, as a record has them; the latter two only if there are any."""
    chosen = trial.study.choice.get(trial.variant.name, {})
    later = {"recipe_overrides": trial.variant.recipe, "tuned": chosen}
    found = {"overrides": trial.variant.overrides} | {name: values for name, values in later.items() if values}
    return json.loads(json.dumps(found))
