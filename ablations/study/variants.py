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

    Attributes:
        toggle: The name of the toggle or field.
        baseline: Its value in the baseline.
        alternatives: Its other values.
        labels: What sentences call each value, the baseline's first, such as `("with dropout", "without dropout")`; by
            default name and value. In a full factorial whose factors all have labels an arm is called by those of its
            values one after the other: `average pooling without dropout`. They are in no address and no lock.
    """

    toggle: str
    baseline: object
    alternatives: tuple
    labels: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self):
        check_type("toggle of a factor", self.toggle, str, "a toggle's or a recipe field's name, such as 'head'")
        name = f"alternatives of {self.toggle!r}"
        object.__setattr__(self, "alternatives", as_tuple(name, self.alternatives, object, "values"))
        if not self.alternatives:
            raise UserError(f"{name} must be one value or more, such as (0.5,); got ()")
        like = "texts, such as ('with dropout', 'without dropout')"
        object.__setattr__(self, "labels", as_tuple(f"labels of {self.toggle!r}", self.labels, str, like))
        if self.labels and len(self.labels) != len(self.levels):
            raise UserError(f"labels of {self.toggle!r} must be one per value, {len(self.levels)}; got {self.labels}")

    @property
    def levels(self) -> tuple:
        return (self.baseline, *self.alternatives)

    def label(self, value: object, default: str = "") -> str:
        """What sentences call a value; without labels the default, or name and value."""
        return self.labels[self.levels.index(value)] if self.labels else default or f"{self.toggle} {_text(value)}"


def one_factor_at_a_time(factors: Sequence[Factor]) -> tuple[Variant, ...]:
    """The baseline, and each alternative of each factor alone."""
    arms = [Variant("baseline", {}, "every factor as in the baseline", label="the baseline")]
    for factor in factors:
        for value in factor.alternatives:
            why = f"{factor.toggle} {_text(value)} instead of {_text(factor.baseline)}"
            arms.append(_arm(_name(factor.toggle, value), {factor.toggle: value}, why, factor.label(value)))
    return tuple(arms)


def leave_one_out(factors: Sequence[Factor]) -> tuple[Variant, ...]:
    """The baseline with every idea, and each variant without one of them."""
    without = (_switched(f"without_{factor.toggle}", factor, f"all but {factor.toggle}") for factor in factors)
    return (Variant("all", {}, "every idea"), *without)


def add_one_in(factors: Sequence[Factor]) -> tuple[Variant, ...]:
    """The baseline without any idea, and each variant with one of them."""
    alone = (_switched(f"with_{factor.toggle}", factor, f"{factor.toggle} alone") for factor in factors)
    return (Variant("none", {}, "none of the ideas"), *alone)


def full_factorial(factors: Sequence[Factor]) -> tuple[Variant, ...]:
    """Every combination of the factors' levels, so that interactions can be estimated."""
    arms = []
    for values in product(*(factor.levels for factor in factors)):
        changed = {f.toggle: value for f, value in zip(factors, values, strict=True) if value != f.baseline}
        name = "+".join(_name(toggle, value) for toggle, value in changed.items())
        why = ", ".join(f"{toggle} {_text(value)}" for toggle, value in changed.items())
        label = _combination(factors, values)
        arms.append(_arm(name or "baseline", changed, why or "every factor as in the baseline", label))
    return tuple(arms)


def _combination(factors: Sequence[Factor], values: Sequence[object]) -> str:
    """What sentences call a combination: all of its values if these have labels, else those that the baseline lacks."""
    pairs = list(zip(factors, values, strict=True))
    if all(factor.labels for factor in factors):
        return " ".join(factor.label(value) for factor, value in pairs)
    return ", ".join(factor.label(value) for factor, value in pairs if value != factor.baseline) or "the baseline"


DESIGNS = {
    "one_factor_at_a_time": one_factor_at_a_time,
    "leave_one_out": leave_one_out,
    "add_one_in": add_one_in,
    "full_factorial": full_factorial,
}


def _arm(name: str, settings: Mapping[str, object], why: str, label: str = "") -> Variant:
    toggles, recipe = split_settings(settings)
    return Variant(name, toggles, why, recipe, label)


def _switched(name: str, factor: Factor, why: str) -> Variant:
    """The variant that switches one idea, called by the label of its value if that has one."""
    value = _one(factor)
    return _arm(name, {factor.toggle: value}, why, factor.label(value, why))


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
