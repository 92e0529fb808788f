"""The learning rate of every schedule, step by step."""

from dataclasses import replace

import numpy as np
import pytest

from ablations.training.learning_rate import learning_rate
from tests.support.bench import TINY

pytestmark = pytest.mark.jax


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        # one cycle: a quarter of 40 steps up from 1/25, the highest at 10, half a cosine down to 0
        ("one_cycle", {0: 0.016, 10: 0.4, 25: 0.2, 40: 0.0}),
        ("polynomial", {0: 0.4, 30: 0.2, 40: 0.0}),  # the square root of what is left
        ("constant", {0: 0.4, 39: 0.4}),
    ],
)
def test_learning_rates(schedule, expected):
    rate = learning_rate(replace(TINY.recipe, schedule=schedule, learning_rate=0.4, epochs=4), steps_per_epoch=10)
    for step, value in expected.items():
        assert float(rate(step)) == pytest.approx(value, abs=1e-6), step


@pytest.mark.parametrize("warmup", [0.0, 0.23, 1.0])
def test_the_triangle_is_that_of_airbench(warmup):
    recipe = replace(TINY.recipe, epochs=4, learning_rate=0.5, schedule="triangular", warmup=warmup, final_rate=0.07)
    rate = learning_rate(recipe, steps_per_epoch=25)
    steps, peak = np.arange(101), int(100 * warmup)
    # airbench94.py: np.interp(steps, [0, int(peak * steps), steps], [start, 1, end])
    corners = ([peak, 100], [1, 0.07]) if peak == 0 else ([0, peak, 100], [0.2, 1, 0.07])
    expected = 0.5 * np.interp(steps, *corners)
    found = np.array([float(rate(step)) for step in steps])
    np.testing.assert_allclose(found[:100], expected[:100], rtol=1e-5)
    assert float(rate(1000)) == pytest.approx(float(rate(100))), "after the last step it stays"
