"""Scores in memory are read as they are meant, or refused in one line."""

import numpy as np
import pytest

from ablations.foreign.arms import score_arms
from inception_keras import UserError


def scores(found):
    return {arm.name: arm.scores for arm in found.arms}


def test_none_is_a_missing_score():
    found = score_arms({"a": [0.5, None, 0.75], "b": [0.25] * 3})
    assert scores(found)["a"] == {"0": 50, "2": 75}
    assert "a: 1 score missing or not finite, and left out" in found.notes
    assert scores(score_arms({"a": {7: 0.5, 8: None}})) == {"a": {"7": 50}}
    assert score_arms({"a": [True, None, True]}).arms[0].answers == {"": {"0": 1, "2": 1}}, "as without the gap"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["0.8", "0.9"], "got '0.8', of type str"),
        ([0.8, "0.9"], "got '0.9', of type str"),
        ({0: 0.8, 1: "high"}, "got 'high', of type str"),
        ([0.8, {}], "of type dict"),
        (np.array(["a", "b"]), "of type str"),
        (np.zeros((1, 1, 1)), r"or \(runs, examples\); got \(1, 1, 1\)"),
    ],
)
def test_what_is_no_number_is_shown_with_its_type(values, said):
    with pytest.raises(UserError, match=f"a: .*{said}"):
        score_arms({"a": values})
