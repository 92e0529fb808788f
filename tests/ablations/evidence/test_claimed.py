"""Differences in the claim's direction, and in words."""

from dataclasses import replace

import pytest

from ablations.evidence.claimed import as_claimed, beside, claimed_words, facing, in_words, over_images
from ablations.evidence.weighing import Evidence
from ablations.statistics import Interval, compare
from ablations.study import Claim
from tests.support.trials import CLAIMED

LABELS = ("average pooling", "a hidden layer")
WORSE = Claim("c", "s", variant="fc", effect=-0.6, margin=0.3)


def evidence(difference, metric="top1"):
    found = compare([80.0, 80.2, 80.4], [80.0 + difference, 80.3 + difference, 80.3 + difference])
    images = Interval(found.low - 0.1, found.high + 0.1)
    return Evidence("gap", "fc", metric, found, 0.01, images, 0.5, labels=LABELS)


def test_plus_is_as_claimed():
    one = evidence(-2.89)
    assert str(as_claimed(WORSE, one.found)) == "+2.89 [+2.64, +3.14]"
    assert str(as_claimed(replace(WORSE, effect=0.6, direction="better"), one.found)) == "-2.89 [-3.14, -2.64]"
    less = Claim("c", "s", variant="fc", metric="overfitting")
    assert as_claimed(less, one.found).mean == pytest.approx(2.89), "overfitting less is better"


def test_words_name_the_better_arm():
    assert in_words(evidence(-2.89)) == "average pooling better by 2.89 [2.64, 3.14]"
    assert in_words(evidence(0.1)) == "a hidden layer better by 0.10 [-0.15, 0.35]"
    assert in_words(evidence(-0.41, "epochs_to_40")) == "a hidden layer sooner by 0.41 [0.16, 0.66] epochs"
    assert beside(evidence(-2.89)) == "worse by 2.89 [2.64, 3.14]"
    assert over_images(evidence(-2.89)) == "[2.54, 3.24]"
    assert in_words(evidence(-0.001)) == "no difference [-0.25, 0.25]"
    assert beside(evidence(0.0)) == "no difference [-0.25, 0.25]"
    alone = replace(evidence(0.0, "epochs_to_40"), found=compare([4.0], [4.0]))
    assert in_words(alone) == "no difference", "a unit belongs to numbers"


def test_differences_in_units_of_unknown_size_have_three_digits():
    found = compare([1.0, 1.1, 1.2], [0.9996, 1.0995, 1.1997])
    one = Evidence("gap", "fc", "log_loss", found, 0.01, None, 0.5, labels=LABELS)
    assert in_words(one) == "a hidden layer better by 0.000400 [0.000152, 0.000648] nats"
    less = Claim("c", "s", variant="fc", metric="log_loss")
    assert str(as_claimed(less, found)) == "+0.000400 [+0.000152, +0.000648]"


def test_a_claim_in_words():
    assert claimed_words(WORSE, LABELS) == "average pooling better by 0.6"
    assert claimed_words(replace(WORSE, effect=None), LABELS) == "average pooling better"
    assert claimed_words(Claim("c", "s", variant="fc", effect=0, margin=0.5), LABELS) == "equal within 0.5"
    one = Claim("c", "s", variant="fc", effect=1.0, metric="macro_f1")
    assert claimed_words(one, LABELS) == "a hidden layer better by 1 point"
    assert claimed_words(replace(one, effect=0.0, margin=1.0, direction="equal"), LABELS) == "equal within 1 point"


def test_a_comparison_without_a_claim_faces_the_variant():
    way = facing(replace(CLAIMED, claim=None), evidence(1.0))
    assert (way.sign, way.first, way.second, way.claim) == (1, "a hidden layer", "average pooling", None)
    study = replace(CLAIMED, claim=WORSE)
    way = facing(study, evidence(1.0))
    assert (way.sign, way.first, way.claim) == (-1, "average pooling", WORSE)
