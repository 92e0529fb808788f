"""Two single runs compared over the examples that both answered."""

import numpy as np
import pytest
from scipy import stats

from ablations.statistics import equivalence
from ablations.statistics.examples import compare_examples

MARGIN = 0.05


def answered(n, lost, gained=0):
    """Answers of two runs to `n` examples: the second has lost some of the first one's and gained others."""
    first = np.ones(n)
    first[lost : lost + gained] = 0
    second = np.ones(n)
    second[:lost] = 0
    return first, second


def is_within(found):
    """As the rules of a verdict have it: the test and the whole interval."""
    return bool(equivalence(found, MARGIN)) and max(abs(found.low), abs(found.high)) < MARGIN


@pytest.mark.parametrize("n", [10, 20, 50, 100, 300])
def test_runs_that_differ_by_the_margin_are_hardly_ever_called_equal(n):
    chances = stats.binom(n, MARGIN)
    assert sum(chances.pmf(lost) for lost in range(n + 1) if is_within(compare_examples(*answered(n, lost)))) < 0.05


@pytest.mark.parametrize("n", [20, 50, 200])
@pytest.mark.parametrize("share", [0.02, 0.1, 0.4])
def test_the_interval_of_answers_holds_the_difference_often_enough(n, share):
    """Of runs of which the second errs on a share of what the first one knows."""
    chances, covered = stats.binom(n, share), 0.0
    for lost in range(n + 1):
        found = compare_examples(*answered(n, lost))
        covered += chances.pmf(lost) * (found.low <= -share <= found.high)
    assert covered > 0.93


def test_agreement_on_a_few_examples_proves_nothing_and_on_many_it_does():
    few, many = (compare_examples(*answered(n, 0)) for n in (10, 10_000))
    assert few.low < -MARGIN < MARGIN < few.high and not is_within(few)
    assert is_within(many)


def test_the_interval_stays_between_minus_1_and_1_and_scores_have_students():
    assert compare_examples(*answered(6, 6)).low == -1
    found = compare_examples([0.1, 0.2, 0.4], [0.2, 0.4, 0.7])
    expected = stats.ttest_rel([0.2, 0.4, 0.7], [0.1, 0.2, 0.4]).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
