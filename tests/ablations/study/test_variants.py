"""Designs: which variants each makes from its factors."""

import pytest

from ablations.study.variants import Factor, add_one_in, full_factorial, leave_one_out, one_factor_at_a_time
from inception_keras import UserError

HEAD = Factor("head", "gap", ("fc", "conv"))
REDUCE = Factor("reduce", True, (False,))
AUX = Factor("aux_heads", False, (True,))


def overrides(arms):
    return {arm.name: dict(arm.overrides) for arm in arms}


def test_one_factor_at_a_time():
    assert overrides(one_factor_at_a_time([HEAD, REDUCE])) == {
        "baseline": {},
        "head_fc": {"head": "fc"},
        "head_conv": {"head": "conv"},
        "no_reduce": {"reduce": False},
    }


def test_leave_one_out_switches_each_idea_off():
    assert overrides(leave_one_out([REDUCE, Factor("pool_projection", True, (False,))])) == {
        "all": {},
        "without_reduce": {"reduce": False},
        "without_pool_projection": {"pool_projection": False},
    }


def test_add_one_in_switches_each_idea_on():
    assert overrides(add_one_in([AUX])) == {"none": {}, "with_aux_heads": {"aux_heads": True}}


def test_full_factorial_has_every_combination_once():
    arms = full_factorial([HEAD, AUX])
    assert overrides(arms) == {
        "baseline": {},
        "aux_heads": {"aux_heads": True},
        "head_fc": {"head": "fc"},
        "head_fc+aux_heads": {"head": "fc", "aux_heads": True},
        "head_conv": {"head": "conv"},
        "head_conv+aux_heads": {"head": "conv", "aux_heads": True},
    }


def test_every_arm_says_why():
    for design in (one_factor_at_a_time, full_factorial):
        assert all(arm.why for arm in design([HEAD, AUX]))


def test_an_idea_is_on_or_off():
    with pytest.raises(UserError, match="needs one alternative"):
        leave_one_out([HEAD])
