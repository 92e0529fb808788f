"""Scores in memory are read as they are meant, or refused in one line."""

import numpy as np
import pandas as pd
import pytest

from ablations.evidence.foreign import judge
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
        ({0: [0.8, 0.9]}, "by seed each score is one number"),
        ([0.8, {}], "of type dict"),
        (np.array(["a", "b"]), "of type str"),
        (np.zeros((1, 1, 1)), r"or \(runs, examples\); got \(1, 1, 1\)"),
    ],
)
def test_what_is_no_number_is_shown_with_its_type(values, said):
    with pytest.raises(UserError, match=f"a: .*{said}"):
        score_arms({"a": values})


def test_series_are_matched_by_their_index():
    first = pd.Series([0.5, 0.75, 0.25, 0.5, 0.125, 0.25, 0.75])
    other = (first + 0.01).sort_index(ascending=False)
    (one,) = judge(score_arms({"a": first, "b": other})).judged
    assert (one.evidence.found.low, one.evidence.found.high) == (pytest.approx(1), pytest.approx(1))
    by_seed = {"a": first.to_dict(), "b": other}
    assert scores(score_arms(by_seed)) == scores(score_arms({"a": first, "b": other}))
    assert score_arms({"a": first, "b": list(first)}).arms[0].keyed == "row", "both have places alone"
    with pytest.raises(UserError, match="in one form"):
        score_arms({"a": list(first), "b": other})


def test_series_with_gaps_and_of_answers_keep_their_index():
    gap = pd.Series([0.5, None, 0.75], index=[3, 5, 4], dtype="Float64")
    assert scores(score_arms({"a": gap})) == {"a": {"3": 50, "4": 75}}
    found = score_arms({"a": pd.Series([True, False], index=["q2", "q1"])})
    assert found.arms[0].answers == {"": {"q2": 1, "q1": 0}}
    assert not any("order" in note for note in found.notes)


def test_zeros_and_ones_by_seed_are_scores():
    found = score_arms({"a": {0: 0, 1: 1}, "b": {0: 1, 1: 1}})
    assert not found.arms[0].answers and not any("example" in note for note in found.notes)
