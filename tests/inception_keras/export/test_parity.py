"""The comparison of two engines' outputs: differences, classes and ties."""

import numpy as np

from inception_keras.export.parity import compare_outputs


def test_parity_counts_classes_and_differences():
    expected = np.array([[0.0, 1.0], [2.0, 1.0], [0.0, 3.0]])
    assert compare_outputs(expected, expected)
    swapped = compare_outputs(expected, expected[:, ::-1], limit=10)
    assert not swapped
    assert (swapped.agreeing, swapped.greatest, swapped.classes, swapped.margin) == (0, 3.0, 2, 1.0)
    assert not compare_outputs(expected, expected + 0.01)
    assert compare_outputs(expected, expected + 0.01, limit=0.1)
    assert not compare_outputs(expected, np.where(expected == 3, np.nan, expected))
    assert not compare_outputs(expected * 1e-3, expected * 1e-3).telling


def test_two_classes_that_rounding_ranks_are_a_tie():
    """Among 256 images the two best logits of one are often 1e-5 apart, which is what engines differ by."""
    expected = np.array([[1.0, 1.00001, 0.0], [2.0, 1.0, 0.0]])
    got = np.array([[1.00001, 1.0, 0.0], [2.0, 1.0, 0.0]])
    tied = compare_outputs(expected, got)
    assert tied and (tied.agreeing, tied.tied) == (1, 1)
    assert "top-1 equal on 1 of 2 images and tied on 1" in str(tied)
    assert "tied" not in str(compare_outputs(expected, expected))
    apart = compare_outputs(np.array([[1.0, 1.5]]), np.array([[1.5, 1.0]]), limit=1.0)
    assert not apart and apart.tied == 0, "a wide limit for the difference does not make classes equal"
