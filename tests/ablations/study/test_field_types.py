"""What the fields of a study are: another kind is refused in one line, before anything is trained."""

import dataclasses
from pathlib import Path

import pytest

from ablations import studies
from ablations.study import (
    Claim,
    Factor,
    Guards,
    Recipe,
    Reduced,
    Study,
    Tuning,
    Variant,
)
from ablations.study.claims import Ordering
from inception_keras import UserError
from tests.support.studies import FC, GAP, study

ODD = (
    None,
    True,
    0,
    -1,
    1.5,
    float("nan"),
    float("inf"),
    10**30,
    "x",
    "",
    (),
    [],
    [[1]],
    (1, "a"),
    {"a": 1},
    {1},
    b"x",
)


@pytest.mark.parametrize("value", ODD, ids=repr)
def test_an_odd_value_is_taken_or_refused_and_never_an_accident(value):
    own = ["dataset", "image_size", "validation", "classes", "fraction", "preset"]
    recipe = [field.name for field in dataclasses.fields(Recipe)]
    for name in (*recipe, *own, *study().toggles(GAP)):
        try:
            study().change({name: value})
        except UserError as error:
            assert "\n" not in str(error), name


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Guards(least_top1="x"), "least_top1 must be a number from 0 to 1"),
        (lambda: Guards(least_top1=90), "least_top1 must be a number from 0 to 1"),
        (lambda: Guards(params={"gap": "many"}), "params of 'gap' must be a whole number"),
        (lambda: Variant("gap", why=5), "why of 'gap' must be a sentence"),
        (
            lambda: Variant("gap", "why"),
            "overrides of 'gap' must be toggles by name, such as {'head': 'fc'}, or {}; got",
        ),
        (lambda: Variant("gap", None), "overrides of 'gap' must be toggles by name"),
        (lambda: Variant("gap", {}, "", "adamw"), "recipe of 'gap' must be recipe fields by name"),
        (
            lambda: Factor("width", 0.25, 0.5),
            "alternatives of 'width' must be a tuple of values; got 0.5 alone: write (0.5,)",
        ),
        (lambda: Factor("head", "gap", "fc"), "got 'fc' alone: write ('fc',), with the comma"),
        (lambda: Factor("head", "gap", ()), "alternatives of 'head' must be one value or more"),
        (lambda: Claim("c", "s", variant=FC), "variant of a claim must be the name of a variant, such as 'fc'"),
        (lambda: Claim("c", None, variant="fc"), "source of a claim must be text; got None"),
        (lambda: Ordering("c", "s", order=((1, 1), (7, 1))), "order must be a tuple of Rows, such as (Row(1, 1)"),
        (lambda: Guards(params=["gap"]), "params of guards must be a count by variant, such as {'gap': 1000}"),
        (lambda: Reduced({"epochs": 1}, 1, {"gap": 5}), "guards of a reduced profile must be Guards"),
        (lambda: Reduced({"epochs": 1}, 1, Guards(), "gap"), "got 'gap' alone: write ('gap',), with the comma"),
        (lambda: Tuning([0.1, 0.2]), "grid of a tuning must be values by name, such as {'learning_rate': (0.1, 0.2)}"),
    ],
)
def test_a_mistake_in_a_part_is_found_before_anything_is_trained(make, words):
    with pytest.raises(UserError) as error:
        make()
    assert words in str(error.value) and "\n" not in str(error.value)


PARTS = {
    "variants": Variant("fc", {"head": "fc"}),
    "factors": Factor("head", "gap", ("fc",)),
    "claim": Claim("c", "s", variant="fc"),
    "ordering": Ordering("c", "s"),
    "guards": Guards(params={"gap": 1}),
    "reduced": Reduced({"epochs": 2}, 1, Guards()),
    "tuning": Tuning({"learning_rate": (0.1, 0.2)}),
}
IN_STUDY = {"variants": lambda part: (GAP, part), "factors": lambda part: (part,)}


def short(value) -> str:
    """An id that is the same in every process of a test run."""
    return repr(value)[:20]


@pytest.mark.parametrize("value", [*ODD, (None,), ("a", "b"), {"a": None}, {1: 2}, GAP, [FC], object], ids=short)
def test_an_odd_value_in_a_declaration_is_taken_or_refused_and_never_an_accident(value):
    for name in (field.name for field in dataclasses.fields(Study)):
        refused_in_one_line(lambda name=name: study(**{name: value}))
    for place, part in PARTS.items():
        for field in dataclasses.fields(part):
            refused_in_one_line(lambda place=place, part=part, field=field: with_part(place, part, {field.name: value}))


def with_part(place, part, changes):
    changed = dataclasses.replace(part, **changes)
    beside = {"variants": ()} if place == "factors" else {}
    return study(**{**beside, place: IN_STUDY.get(place, lambda one: one)(changed)})


def refused_in_one_line(make):
    try:
        make()
    except UserError as error:
        assert "\n" not in str(error)


def test_a_mistake_in_a_file_is_one_line_too(tmp_path):
    mine = tmp_path / "mine.py"
    source = (Path(studies.__path__[0]) / "quickstart.py").read_text()
    mine.write_text(f"import dataclasses\n{source}\nSTUDY = dataclasses.replace(STUDY, variants=STUDY.variants[1])")
    with pytest.raises(UserError, match=r"got Variant\(...\) alone: write \(Variant\(...\),\), with"):
        studies.load(str(mine))


def test_comparisons_may_be_lists_as_json_has_them():
    assert study(comparisons=[["gap", "fc"]], claim=Claim("c", "s", variant="fc")).pairs == (("gap", "fc"),)
