"""Designs: which variants each makes from its factors."""

import re

import pytest

from ablations.studies import load, names
from ablations.study import address
from ablations.study.variants import Factor, add_one_in, full_factorial, leave_one_out, one_factor_at_a_time
from inception_keras import UserError
from tests.support.studies import study

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


DROPOUT = ("with dropout", "without dropout")


def labels(arms):
    return [arm.label for arm in arms]


def test_labels_of_a_factor_call_its_arms():
    """A title read `Dropout 0.0 better by 2.29 points`."""
    dropout = Factor("dropout", 0.4, (0.0,), labels=DROPOUT)
    head = Factor("head", "gap", ("fc",), labels=("average pooling", "a hidden layer"))
    for design, first in ((one_factor_at_a_time, "the baseline"), (leave_one_out, "all"), (add_one_in, "none")):
        assert labels(design([dropout])) == [first, "without dropout"]
    assert labels(full_factorial([head, dropout])) == [
        "average pooling with dropout",
        "average pooling without dropout",
        "a hidden layer with dropout",
        "a hidden layer without dropout",
    ]


def test_without_labels_an_arm_is_called_by_name_and_value():
    assert labels(one_factor_at_a_time([REDUCE])) == ["the baseline", "reduce False"]
    assert labels(leave_one_out([REDUCE])) == ["all", "all but reduce"]
    assert labels(add_one_in([AUX])) == ["none", "aux_heads alone"]
    some = [REDUCE, Factor("dropout", 0.4, (0.0,), labels=DROPOUT)]
    found = labels(full_factorial(some))
    assert found == ["the baseline", "without dropout", "reduce False", "reduce False, without dropout"]


def test_labels_change_nothing_but_words():
    plain = study(variants=(), factors=(Factor("dropout", 0.4, (0.0,)),))
    named = study(variants=(), factors=(Factor("dropout", 0.4, (0.0,), labels=DROPOUT),))
    assert plain == named
    assert [(arm.name, arm.why) for arm in plain.arms] == [(arm.name, arm.why) for arm in named.arms]
    both = [[address(trial.configuration()) for trial in one.trials()] for one in (plain, named)]
    assert both[0] == both[1]


def test_each_value_has_one_label():
    with pytest.raises(UserError, match="labels of 'dropout' must be one per value, 2; got"):
        Factor("dropout", 0.4, (0.0,), labels=("without dropout",))
    with pytest.raises(UserError, match="labels of 'dropout'"):
        Factor("dropout", 0.4, (0.0,), labels="without dropout")


def test_sentences_about_the_studies_have_no_names_of_settings():
    called = [(name, arm.name, arm.label) for name in names() for arm in load(name).arms]
    assert not [one for one in called if one[1] == one[2] or re.search(r"_| (True|False)\b", one[2])]


def test_an_idea_is_on_or_off():
    with pytest.raises(UserError, match="needs one alternative"):
        leave_one_out([HEAD])
