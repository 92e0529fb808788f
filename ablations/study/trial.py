"""A trial: one variant trained with one seed, at one rung; and the address that its settings give it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from ablations.study.arms import resolve
from ablations.study.recipe import Recipe, terms
from ablations.study.stated_toggles import stated
from ablations.study.variants import Variant

if TYPE_CHECKING:
    from ablations.study.study import Study

# Parts of a configuration that train nothing: further evaluations, and the shared base, which each arm's toggles repeat
UNTRAINED = ("evaluations", "base")


@dataclass(frozen=True)
class Trial:
    """One variant trained with one seed. Its result is a record.

    Attributes:
        study: Whose trial.
        variant: What is trained.
        seed: Of weights, order, augmentation and dropout.
        epochs: The rung; `None` for the study's last.
    """

    study: "Study"
    variant: Variant
    seed: int
    epochs: int | None = None

    @property
    def toggles(self) -> dict[str, object]:
        return self.study.toggles(self.variant)

    @property
    def rung(self) -> int:
        """How many epochs it is trained."""
        return self.study.recipe.epochs if self.epochs is None else self.epochs

    @property
    def recipe(self) -> Recipe:
        """How it is trained: the variant's recipe, with the epochs of the rung."""
        return replace(self.study.recipe_of(self.variant), epochs=self.rung)

    def configuration(self) -> dict:
        """All settings that determine the trial's numbers, as JSON values (lists for tuples)."""
        own = {"recipe": terms(self.recipe), "toggles": stated(self.toggles), "seed": self.seed}
        return json.loads(json.dumps({**self.experiment(), **own}))

    def experiment(self) -> dict:
        """What all trials of one table share: the study's own recipe too, whatever a variant changes in it."""
        return dict(self._experiment)

    @cached_property  # a study is compared with hundreds of records
    def _experiment(self) -> dict:
        study = self.study
        shared = {
            "dataset": study.dataset,
            "image_size": study.image_size,
            "validation": study.validation,
            "fraction": study.fraction,
            "recipe": terms(replace(study.recipe, epochs=self.rung)),
            "base": stated(resolve(study.base)),
        }
        # empty settings are omitted, so that records older than them keep their addresses
        own = {"classes": list(study.classes), "evaluations": list(study.evaluations)}
        own |= {} if study.reads_test else {"splits": ["validation"]}
        return shared | {name: values for name, values in own.items() if values}


def address(configuration: Mapping) -> str:
    """Content address of a configuration: 12 hexadecimal digits of its SHA-256."""
    return sha256(json.dumps(configuration, sort_keys=True).encode()).hexdigest()[:12]


def training(configuration: Mapping) -> dict:
    """What of a configuration trains: trials with equal ones end in equal weights, whatever evaluates them."""
    return {name: value for name, value in configuration.items() if name not in UNTRAINED}


def content(configuration: Mapping) -> str:
    """A configuration without its seed, as a key: trials with the same one differ in the seed alone."""
    return json.dumps({name: value for name, value in configuration.items() if name != "seed"}, sort_keys=True)
