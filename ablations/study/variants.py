"""Variants, and the designs that make them from factors, the baseline first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from ablations.study.checks import as_tuple, check_settings, check_type
from ablations.study.own_networks import referred
from ablations.study.recipe import named_augmentation, split_settings
from inception_keras.errors import UserError


@dataclass(frozen=True)
class Variant:
    """An arm of a study.

    Attributes:
        name: Its name.
        overrides: The toggles that it changes in the baseline's network.
        why: One sentence.
        recipe: The fields of the study's recipe that it changes, such as `{"learning_rate": 0.1}`.
        label: What sentences call it, such as `average pooling`; its name by default. It is in no address and no lock.
    """

    name: str
    overrides: Mapping[str, object] = field(default_factory=dict)
    why: str = ""
    recipe: Mapping[str, Any] = field(default_factory=dict)
    label: str = field(default="", compare=False)

    def __post_init__(self):
        settings = (("overrides", "toggles", "{'head': 'fc'}"), ("recipe", "recipe fields", "{'learning_rate': 0.1}"))
        for name, what, like in settings:
            check_settings(f"{name} of {self.name!r}", getattr(self, name), f"{what} by name, such as {like}, or {{}}")
        check_type(f"why of {self.name!r}", self.why, str, "a sentence")
        check_type(f"label of {self.name!r}", self.label, str, "text, such as 'average pooling'")
        # a mapping that can't be pickled reaches no worker
        object.__setattr__(self, "overrides", referred(self.overrides))
        recipe = dict(self.recipe)
        if "augmentation" in recipe:
            recipe["augmentation"] = named_augmentation(recipe["augmentation"])
        object.__setattr__(self, "recipe", recipe)
        object.__setattr__(self, "label", self.label or self.name)

    @property
    def settings(self) -> dict[str, object]:
        """Everything that it changes: toggles, then recipe fields."""
        return {**self.overrides, **self.recipe}


@dataclass(frozen=True)
class Factor:
    """A toggle or a field of the recipe, its value in the baseline, which is the study's own, and the alternatives.

    In `leave_one_out` and `add_one_in` a factor is an idea: the baseline has all of them, or none, and each variant
    switches one.
    """

    toggle: str
    baseline: object
    alternatives: tuple

    def __post_init__(self):
        check_type("toggle of a factor", self.toggle, str, "a toggle's or a recipe field's name, such as 'head'")
        name = f"alternatives of {self.toggle!r}"
        object.__setattr__(self, "alternatives", as_tuple(name, self.alternatives, object, "values"))
        if not self.alternatives:
            raise UserError(f"{name} must be one value or more, such as (0.5,); got ()")

    @property
    def levels(self) -> tuple:
        return (self.baseline, *self.alternatives)


def one_factor_at_a_time(factors: Sequence[Factor]) -> tuple[Variant, ...]:
    """The baseline, and each alternative of each factor alone."""
    arms = [Variant("baseline", {}, "every factor as in the baseline", label="the baseline")]
    for factor in factors:
        for value in factor.alternatives:
            why = f"{factor.toggle} {_text(value)} instead of {_text(factor.baseline)}"
            label = f"{factor.toggle} {_text(value)}"
            arms.append(_arm(_name(factor.toggle, value), {factor.toggle: value}, why, label))
    return tuple(arms)


def leave_one_out(factors: Sequence[Factor]) -> tuple[Variant, ...]:
    """The baseline with every idea, and each variant without one of them."""
    without = [
        _arm(f"without_{f.toggle}", {f.toggle: _one(f)}, f"all but {f.toggle}", f"all but {f.toggle}") for f in factors
    ]
    return (Variant("all", {}, "every idea"), *without)


def add_one_in(factors: Sequence[Factor]) -> tuple[Variant, ...]:
    """The baseline without any idea, and each variant with one of them."""
    alone = [_arm(f"with_{f.toggle}", {f.toggle: _one(f)}, f"{f.toggle} alone", f"{f.toggle} alone") for f in factors]
    return (Variant("none", {}, "none of the ideas"), *alone)


def full_factorial(factors: Sequence[Factor]) -> tuple[Variant, ...]:
    """Every combination of the factors' levels, so that interactions can be estimated."""
    arms = []
    for values in product(*(factor.levels for factor in factors)):
        changed = {f.toggle: value for f, value in zip(factors, values, strict=True) if value != f.baseline}
        name = "+".join(_name(toggle, value) for toggle, value in changed.items())
        why = ", ".join(f"{toggle} {_text(value)}" for toggle, value in changed.items())
        arms.append(_arm(name or "baseline", changed, why or "every factor as in the baseline", why or "the baseline"))
    return tuple(arms)


DESIGNS = {
    "one_factor_at_a_time": one_factor_at_a_time,
    "leave_one_out": leave_one_out,
    "add_one_in": add_one_in,
    "full_factorial": full_factorial,
}


def _arm(name: str, settings: Mapping[str, object], why: str, label: str = "") -> Variant:
    toggles, recipe = split_settings(settings)
    return Variant(name, toggles, why, recipe, label)


def _one(factor: Factor) -> object:
    """The one alternative of a factor that is on or off."""
    if len(factor.alternatives) != 1:
        raise UserError(f"{factor.toggle}: leaving out or adding in needs one alternative, got {factor.alternatives}")
    return factor.alternatives[0]


def _name(toggle: str, value: object) -> str:
    if isinstance(value, bool):
        return toggle if value else f"no_{toggle}"
    return f"{toggle}_{_text(value)}".lower().replace(" ", "_")


def _text(value: object) -> str:
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)
