"""The chance that a difference which does not move is seen to hold still."""

import numpy as np
import pytest

from ablations.statistics.plateau import chance_to_hold, difference_holds, movement, seeds_to_hold

NOISE = 0.6  # points, of the difference between two trials


@pytest.mark.parametrize(("before", "after", "margin"), [(4, 9, 0.6), (9, 9, 0.3), (20, 20, 0.5)])
def test_it_is_the_share_of_drawn_studies_that_the_rule_lets_pass(before, after, margin):
    rng = np.random.default_rng(0)
    passed = [difference_holds(movement(arms(rng, before), arms(rng, after)).difference, margin) for _ in range(4000)]
    assert np.mean(passed) == pytest.approx(chance_to_hold(NOISE, (before, after), margin), abs=0.03)


def arms(rng: np.random.Generator, seeds: int):
    return rng.normal(80, NOISE / 2**0.5, seeds), rng.normal(81, NOISE / 2**0.5, seeds)


def test_seeds_to_hold_are_the_fewest():
    enough = seeds_to_hold(NOISE, 0.5)
    assert chance_to_hold(NOISE, (enough, enough), 0.5) >= 0.8 > chance_to_hold(NOISE, (enough - 1, enough - 1), 0.5)


def test_without_noise_it_holds():
    assert chance_to_hold(0.0, (8, 8), 0.3) == 1.0
