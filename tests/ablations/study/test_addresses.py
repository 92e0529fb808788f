"""What an address hashes: the content of a trial, without fields and toggles that came later and are not set."""

import dataclasses

import pytest

from ablations.study import Recipe, Trial, address, stated_toggles
from ablations.study.recipe import LATER
from tests.support.studies import GAP, study


def test_addresses_follow_the_content():
    trial = study().trials()[0]
    same = study(name="other", question="another").trials()[0]
    assert address(trial.configuration()) == address(same.configuration()), "a name changes no number"
    others = [
        Trial(study(), GAP, 1),
        study(recipe=Recipe(epochs=2)).trials()[0],
        study(base={"width": 0.25}).trials()[0],
        study(fraction=0.5).trials()[0],
        study().trials()[-1],
    ]
    assert len({address(t.configuration()) for t in [trial, *others]}) == 6


@pytest.mark.parametrize(
    ("field", "value", "beside"),
    [
        ("batch_statistics", "recomputed", {}),
        ("final_rate", 0.0, {"schedule": "triangular"}),
        ("crop_pixels", 2, {}),
        ("cutout", 5, {}),
        ("optimizer", "adamw", {}),
        ("second_momentum", 0.9, {"optimizer": "adamw"}),
        ("beta_rate", 64.0, {}),
        ("averaging", "ema", {}),
        ("average_every", 1, {"averaging": "lookahead"}),
        ("average_decay", 0.99, {"averaging": "ema"}),
    ],
    ids=str,
)
def test_a_later_field_is_in_an_address_only_if_it_is_set(field, value, beside):
    recipes = [Recipe(epochs=1, **beside, **more) for more in ({}, {field: LATER[field]}, {field: value})]
    stated = [study(recipe=recipe).trials()[0].configuration()["recipe"] for recipe in recipes]
    assert stated[0] == stated[1]
    assert field not in stated[0]
    assert stated[2] == {**stated[0], field: value}


def test_every_later_field_is_tested_above():
    (marked,) = test_a_later_field_is_in_an_address_only_if_it_is_set.pytestmark
    assert {field for field, *_ in marked.args[1]} == set(LATER)


@pytest.mark.parametrize(
    ("toggle", "value"),
    [("whitening", True), ("channel_multiple", 8), ("logit_scale", 0.125), ("fc_normalization", "batch")],
)
def test_a_later_toggle_is_in_an_address_only_if_it_is_set(toggle, value):
    bases = [{"stem": "small", **more} for more in ({}, {toggle: stated_toggles.LATER[toggle]}, {toggle: value})]
    stated = [study(base=base).trials()[0].configuration() for base in bases]
    assert stated[0] == stated[1]
    for part in ("toggles", "base"):
        assert toggle not in stated[0][part]
        assert stated[2][part] == {**stated[0][part], toggle: value}


def test_every_later_toggle_has_its_default():
    assert stated_toggles.LATER.items() <= study().toggles(GAP).items()


def test_every_later_field_has_its_default():
    assert LATER.items() <= dataclasses.asdict(Recipe(epochs=1)).items()
