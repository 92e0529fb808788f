"""Shifted test images: where their pixels come from, and that the shift does not depend on the variant."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from ablations.data import datasets
from ablations.data.shifts import DIRECTIONS, shifted
from ablations.data.splits import Split
from ablations.data.synthetic import RandomImages
from ablations.runner.worker import Worker
from inception_keras import UserError
from tests.support.bench import QUICK


def split(count=64, side=8):
    ramp = np.arange(side * side, dtype="uint8").reshape(1, side, side, 1)
    return Split(np.repeat(ramp, count, axis=0), np.arange(count, dtype="int32"), np.arange(count))


def test_the_middle_moves_by_so_many_pixels_one_of_eight_ways():
    moved = shifted(split(), 2).images[..., 0].astype(int)
    offsets = {tuple(np.argwhere(image == 8 * 4 + 4)[0] - 4) for image in moved}
    assert offsets == {tuple(direction) for direction in 2 * DIRECTIONS}


def test_the_edge_is_mirrored():
    moved = shifted(split(), 1).images[..., 0]
    down = next(image for image in moved if image[4, 4] == 8 * 3 + 4)
    np.testing.assert_array_equal(down[0], down[2], err_msg="the new row mirrors the one behind the edge")


def test_the_directions_are_those_of_every_distance():
    one, three = (np.sign(shifted(split(), pixels).images[:, 4, 4, 0].astype(int) - 36) for pixels in (1, 3))
    np.testing.assert_array_equal(one, three)


def test_labels_stay_and_the_original_too():
    before = split()
    after = shifted(before, 1)
    np.testing.assert_array_equal(after.labels, before.labels)
    assert before.images[0, 4, 4, 0] == 36


def test_a_shift_out_of_the_image():
    with pytest.raises(UserError, match="8x8 can't be shifted by 8"):
        shifted(split(), 8)


@pytest.mark.parametrize(
    ("train", "words"),
    [
        (split(), "8x8 can't be shifted by 8 pixels: set image_size to 9 or more, or drop 'shifts'"),
        (RandomImages(64, 10, (32, 32, 1)), "fits in memory"),  # no `Split`, as a streamed one
    ],
)
def test_images_that_can_not_be_shifted_stop_a_run_before_anything_is_trained(monkeypatch, train, words):
    monkeypatch.setattr(datasets, "load_for", lambda *a: SimpleNamespace(class_names=("cat", "dog"), train=train))
    monkeypatch.setattr("ablations.runner.worker.load_backend", lambda: pytest.fail("loaded"))
    with pytest.raises(UserError, match=words):
        Worker(replace(QUICK, evaluations=("shifts",)), None)
