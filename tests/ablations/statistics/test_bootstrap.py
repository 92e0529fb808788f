"""The bootstrap interval over seeds and images: compared with the one over seeds, and what it refuses."""

import numpy as np
import pytest

from ablations.statistics import compare, crossed_interval
from ablations.statistics.bootstrap import _bootstrap_variance
from ablations.statistics.simulation import answers


def arms(seeds=8, seed=0):
    return answers(np.random.default_rng(seed), seeds, (0.8, 0.6))


def test_it_lies_around_the_difference():
    baseline, variant = arms()
    low, high = crossed_interval(baseline, variant)
    assert (low + high) / 2 == pytest.approx(variant.mean() - baseline.mean())


def test_images_make_it_wider():
    """400 images that differ in how hard they are for each arm: other images would give another difference."""
    baseline, variant = arms()
    over_seeds = compare(baseline.mean(axis=1), variant.mean(axis=1))
    low, high = crossed_interval(baseline, variant)
    assert high - low > 1.2 * (over_seeds.high - over_seeds.low)


def test_it_is_never_narrower_than_over_seeds():
    rng = np.random.default_rng(0)
    baseline, variant = rng.random((2, 8, 50)) < 0.8  # independent answers
    over_seeds = compare(baseline.mean(axis=1), variant.mean(axis=1))
    low, high = crossed_interval(baseline, variant)
    assert low <= over_seeds.low + 1e-12
    assert high >= over_seeds.high - 1e-12


def test_its_variance_is_that_of_the_components():
    baseline, variant = arms(seeds=40)
    difference = variant.astype(float) - baseline
    rows, columns = difference.shape
    rest = difference - difference.mean(1, keepdims=True) - difference.mean(0, keepdims=True) + difference.mean()
    noise = (rest**2).sum() / ((rows - 1) * (columns - 1))
    variance = difference.mean(1).var(ddof=1) / rows + difference.mean(0).var(ddof=1) / columns - noise / rest.size
    low, high = crossed_interval(baseline, variant)
    assert (high - low) / 2 == pytest.approx(2.0 * variance**0.5, rel=0.03), "Student's t"


def test_without_pairs_the_arms_may_have_other_numbers_of_seeds():
    baseline, variant = arms()
    low, high = crossed_interval(baseline[:5], variant, paired=False)
    assert low < variant.mean() - baseline[:5].mean() < high


@pytest.mark.parametrize("paired", [True, False])
def test_the_closed_form_is_what_resampling_gives(paired):
    rng = np.random.default_rng(0)
    baseline, variant = (arm.astype(float) for arm in arms(seeds=5))
    parts = [variant - baseline] if paired else [-baseline[:4], variant]
    drawn = []
    for _ in range(4000):
        images = rng.integers(baseline.shape[1], size=baseline.shape[1])
        drawn.append(sum(part[rng.integers(len(part), size=len(part))][:, images].mean() for part in parts))
    assert _bootstrap_variance(parts) == pytest.approx(np.var(drawn), rel=0.1)


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        (((8, 50), (8, 51)), "over the same examples"),
        (((50,), (50,)), "over the same examples"),
        (((1, 50), (1, 50)), "two or more seeds"),
        (((8, 50), (7, 50)), "the same seeds"),
    ],
)
def test_arrays_that_do_not_fit(shapes, words):
    with pytest.raises(ValueError, match=words):
        crossed_interval(*(np.ones(shape, bool) for shape in shapes))
