"""Top-1, top-5 and loss on examples worked out by hand."""

import numpy as np
import pytest

from ablations.data.datasets import Split
from ablations.training.evaluation import evaluate, judge, measures_by_class


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


def test_classes_and_confidence_by_hand():
    logits = np.log([[0.8, 0.1, 0.1], [0.5, 0.3, 0.2], [0.1, 0.6, 0.3], [0.2, 0.2, 0.6]])
    found = judge(logits, np.array([0, 0, 1, 1]))
    assert found.labels.tolist() == [0, 0, 1, 1]
    assert found.confidences == pytest.approx([0.8, 0.5, 0.6, 0.6])
    overall, by_class = measures_by_class(found, ["ash", "oak", "elm"])
    assert by_class == {"ash": 1.0, "oak": 0.5}, "of the classes that occur"
    assert overall["balanced_accuracy"] == 0.75
    assert overall["macro_f1"] == pytest.approx((1 + 2 / 3 + 0) / 3)
    # bins of a 15th: 0.8 and 0.5 are right, of the two of 0.6 one is
    assert overall["calibration_error"] == pytest.approx((0.2 + 0.5 + 0.2) / 4)


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


def test_with_mirror_images_the_mean_of_both_logits_counts():
    class Brightest:
        """Logits by the brightness of the left pixel of three: 0 for dark, class 1 for grey, class 2 for bright."""

        def predict_on_batch(self, images):
            return np.array([[1.0, 0, 0], [0, 2.5, 0], [0, 0, 3.0]])[np.round(images[:, 0, 0, 0] + 1).astype(int)]

    images = np.array([[0, 0, 128], [128, 0, 255], [255, 9, 9]], "uint8")[:, None, :, None]
    split = Split(images, np.array([0, 1, 2], "int32"), np.arange(3))
    plain, mirrored = (evaluate(Brightest(), split, 4, mirrored=mirrored) for mirrored in (False, True))
    assert plain.top1.tolist() == [True, True, True]
    # the means are (0.5, 1.25, 0), (0, 1.25, 1.5) and (0.5, 0, 1.5)
    assert mirrored.predictions[:, 0].tolist() == [1, 2, 2]
    assert mirrored.metrics["loss"] == pytest.approx(
        np.mean(
            [
                np.log(np.exp([0.5, 1.25, 0]).sum()) - 0.5,
                np.log(np.exp([0, 1.25, 1.5]).sum()) - 1.25,
                np.log(np.exp([0.5, 0, 1.5]).sum()) - 1.5,
            ]
        )
    )
