"""Main effects and interactions of scores whose effects are known."""

import numpy as np
import pytest

from ablations.statistics import compare, factorial_effects


def scores(seeds=8, noise=0.1):
    """80, +1 at level 1 of factor 0, +2 and +3 at levels 1 and 2 of factor 1, +0.5 where both are at level 1."""
    rng = np.random.default_rng(0)
    cells = np.array([[80.0, 82.0, 83.0], [81.0, 83.5, 84.0]])
    return cells + rng.normal(0, 1, (seeds, 1, 1)) + rng.normal(0, noise, (seeds, 2, 3))


def test_effects_are_found_however_much_the_seeds_differ():
    effects = {(effect.factors, effect.levels): effect for effect in factorial_effects(scores())}
    expected = {
        ((0,), (1,)): 1 + 0.5 / 3,
        ((1,), (1,)): 2 + 0.5 / 2,
        ((1,), (2,)): 3,
        ((0, 1), (1, 1)): 0.5,
        ((0, 1), (1, 2)): 0,
    }
    assert effects.keys() == expected.keys()
    for key, value in expected.items():
        assert effects[key].estimate == pytest.approx(value, abs=0.15), key
        assert effects[key].low < effects[key].estimate < effects[key].high
        assert effects[key].high - effects[key].low < 0.5


def test_a_main_effect_is_the_paired_comparison_of_the_levels():
    values = scores()[:, :, :2]
    found = compare(values[:, 0].mean(axis=1), values[:, 1].mean(axis=1))
    effect = factorial_effects(values)[0]
    assert (effect.estimate, effect.low, effect.high) == pytest.approx((found.difference, found.low, found.high))
    assert effect.p_value == found.p_value
    assert effect.n == 8


def test_without_noise_the_estimates_are_exact():
    exact = factorial_effects(scores(noise=0))
    assert [effect.estimate for effect in exact] == pytest.approx([7 / 6, 2.25, 3, 0.5, 0])


def test_three_factors_have_three_interactions():
    effects = factorial_effects(np.random.default_rng(0).normal(size=(6, 2, 2, 2)))
    assert [effect.factors for effect in effects] == [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2)]


@pytest.mark.parametrize("shape", [(8, 2), (1, 2, 2), (8, 2, 1)])
def test_what_is_no_factorial(shape):
    with pytest.raises(ValueError, match="two or more of each"):
        factorial_effects(np.zeros(shape))
