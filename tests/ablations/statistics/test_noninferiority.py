"""Whether an arm is not worse: the one-sided test has its level and its power."""

import math

import numpy as np
import pytest

from ablations.statistics import compare
from ablations.statistics.noninferiority import not_worse, not_worse_seeds


@pytest.mark.parametrize(("truth", "share"), [(-1.0, 0.05), (0.0, 0.8)])
def test_it_errs_in_5_percent_and_finds_equal_arms_with_80_percent(truth, share):
    draw, sd, margin = np.random.default_rng(0), 0.8, 1.0
    n = not_worse_seeds(sd, margin)
    shown = [not_worse(compare(np.zeros(n), draw.normal(truth, sd, n)), margin).p_value < 0.05 for _ in range(2000)]
    allowed = 4 * math.sqrt(share * (1 - share) / 2000)
    assert share - allowed < np.mean(shown) < share + allowed + (0.08 if share == 0.8 else 0)


def test_the_interval_and_the_test_agree():
    found = compare([80, 81, 82, 80.5], [80.1, 80.8, 82.2, 80.4])
    limit = not_worse(found, 1).limit
    assert not_worse(found, -limit + 1e-6).p_value < 0.05 < not_worse(found, -limit - 1e-6).p_value


def test_arms_without_spread_and_single_pairs():
    assert not_worse(compare([80, 80], [80, 80]), 0.1).p_value == 0
    assert not_worse(compare([80, 80], [79, 79]), 1).p_value == 1
    assert not_worse(compare([80], [80]), 1).p_value == 1
    with pytest.raises(ValueError, match="above 0"):
        not_worse(compare([80, 80], [80, 80]), 0)
