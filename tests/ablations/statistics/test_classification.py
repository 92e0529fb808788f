"""Measures of classifiers, against scikit-learn's and by hand."""

import numpy as np
import pytest
from sklearn import metrics

from ablations.statistics.classification import (
    accuracy_by_class,
    balanced_accuracy,
    calibration_error,
    log_loss,
    macro_f1,
)


@pytest.mark.parametrize("seed", range(5))
def test_they_are_scikit_learns(seed):
    draw = np.random.default_rng(seed)
    labels = draw.integers(0, 4, 60)
    predictions = np.where(draw.random(60) < 0.6, labels, draw.integers(0, 5, 60))
    assert balanced_accuracy(labels, predictions) == pytest.approx(
        np.mean(metrics.recall_score(labels, predictions, average=None, labels=np.unique(labels)))
    )
    assert macro_f1(labels, predictions) == pytest.approx(metrics.f1_score(labels, predictions, average="macro"))
    probabilities = draw.dirichlet(np.ones(4), 60)
    assert log_loss(labels, probabilities) == pytest.approx(metrics.log_loss(labels, probabilities, labels=range(4)))


def test_classes_count_by_name_and_alike():
    labels, predictions = ["cat"] * 8 + ["dog"] * 2, ["cat"] * 9 + ["dog"]
    assert accuracy_by_class(labels, predictions) == {"cat": 1.0, "dog": 0.5}
    assert balanced_accuracy(labels, predictions) == 0.75


def test_calibration_is_the_gap_between_confidence_and_accuracy():
    assert calibration_error(np.array([0.8] * 10), np.arange(10) < 8) == pytest.approx(0)
    assert calibration_error(np.array([0.9] * 10), np.arange(10) < 6) == pytest.approx(0.3)
    assert calibration_error(np.array([1.0, 0.0]), np.array([False, True])) == pytest.approx(1)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="one prediction per label"):
        macro_f1([1, 2], [1])
