"""Top-1, top-5 and loss on examples worked out by hand."""

import numpy as np
import pytest

from ablations.data.datasets import Split
from ablations.training.evaluation import evaluate, judge


def test_by_hand():
    logits = np.zeros((3, 10))
    logits[0, 3] = 2.0  # right
    logits[1, 7] = 2.0  # the true class 2 ties with eight others; the lower class comes first: 7, 0, 1, 2, 3
    logits[2, 7] = 2.0  # the true class 9 comes last
    result = judge(logits, np.array([3, 2, 9]))
    assert result.top1.tolist() == [True, False, False]
    assert result.top5.tolist() == [True, True, False]
    assert result.predictions[1].tolist() == [7, 0, 1, 2, 3]
    assert result.metrics["top1"] == pytest.approx(1 / 3)
    assert result.metrics["top5"] == pytest.approx(2 / 3)
    normaliser = np.log(np.exp(2) + 9)
    assert result.metrics["loss"] == pytest.approx((normaliser - 2 + 2 * normaliser) / 3)


def test_top5_is_no_metric_with_five_classes():
    assert "top5" not in judge(np.eye(5), np.arange(5)).metrics


def test_large_logits_do_not_overflow():
    assert judge(np.array([[1e4, 0.0] + [0.0] * 8]), np.array([1])).metrics["loss"] == pytest.approx(1e4)


@pytest.mark.parametrize("count", [1, 7, 8, 9, 16])
def test_every_example_counts_once(count):
    class Echo:
        """Predicts the number of each image as its class; expects batches of 8."""

        def predict_on_batch(self, images):
            assert len(images) == 8, "one shape, so that the graph is traced once"
            return np.eye(20)[np.round((images[:, 0, 0, 0] + 1) * 127.5).astype(int)]

    images = np.arange(count, dtype="uint8")[:, None, None, None]
    labels = np.arange(count, dtype="int32")
    labels[-1] = 19  # one is wrong
    result = evaluate(Echo(), Split(images, labels, np.arange(count)), 8)
    assert result.top1.tolist() == [True] * (count - 1) + [False]
