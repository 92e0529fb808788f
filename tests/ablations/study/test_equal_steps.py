"""Arms share the time of a step only if their steps compute the same."""

from dataclasses import replace

import pytest

from ablations.studies import load
from ablations.study import Recipe, Study, Variant
from ablations.study.equal_steps import NUMBERS, OFF, equal_steps
from ablations.study.recipe import RECIPE_FIELDS


def shared(settings):
    """Whether an arm with these settings takes the time of the baseline."""
    toggles = {name: value for name, value in settings.items() if name not in RECIPE_FIELDS}
    own = {name: value for name, value in settings.items() if name in RECIPE_FIELDS}
    arms = (Variant("plain"), Variant("other", toggles, "", own))
    named = {"name": "mine", "question": "?", "dataset": "digits"}
    study = Study(**named, recipe=Recipe(epochs=2), base={"stem": "small"}, variants=arms)
    return equal_steps(study)["other"] == "plain"


@pytest.mark.parametrize(
    ("settings", "same"),
    [
        ({"learning_rate": 0.1, "weight_decay": 0.01, "momentum": 0.5}, True),
        ({"schedule": "triangular", "warmup": 0.1, "final_rate": 0.1}, True),
        ({"crop_pixels": 2}, True),
        ({"weight_decay": 0.0}, False),
        ({"momentum": 0.0}, False),
        ({"label_smoothing": 0.1}, False),
        ({"batch_size": 64}, False),
        ({"precision": "float32"}, False),
        ({"augmentation": ("crop", "alternating_flip")}, False),
        ({"cutout": 5}, False),
        ({"averaging": "ema"}, False),
        ({"optimizer": "lion"}, False),
        ({"dropout": 0.0}, False),
        ({"head": "fc"}, False),
    ],
)
def test_what_changes_a_step(settings, same):
    assert shared(settings) is same


def test_the_arms_of_the_recipe_ladder():
    equal = equal_steps(load("recipe"))
    twins = {name: first for name, first in equal.items() if name != first}
    assert twins == {
        "01_decay": "plain",
        "04_triangle": "03_dropout",
        "05_shift": "03_dropout",
        "without_decay": "all",
        "without_triangle": "all",
        "without_shift": "all",
    }


def test_the_names_are_those_of_the_recipe():
    assert {*NUMBERS, *OFF} <= {*RECIPE_FIELDS}
    recipe = Recipe(epochs=1)
    assert replace(recipe, **OFF).beta_rate == recipe.beta_rate
