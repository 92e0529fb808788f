"""Batches: an epoch depends on its seed and number alone, and evaluation reads every example once."""

import hashlib

import numpy as np
import pytest

from ablations.data import batches, datasets
from inception_keras.errors import UserError
from tests.support.cli import run_python
from tests.support.data import a_split


class TestBatches:
    def labels(self, count=50, batch_size=8, **arguments):
        arguments = {"seed": 1, "epoch": 0, "augmentation": ()} | arguments
        return [labels.tolist() for _, labels in datasets.training_batches(a_split(count), batch_size, **arguments)]

    def test_training_batches_hold_each_example_at_most_once(self):
        found = self.labels()
        assert [len(labels) for labels in found] == [8] * 6, "the last two of 50 examples are dropped"
        flat = [label for labels in found for label in labels]
        assert len(set(flat)) == 48 and flat != sorted(flat)

    def test_images_and_labels_stay_together(self):
        for images, labels in datasets.training_batches(a_split(50), 8, seed=1, epoch=0):
            assert images.dtype == np.float32 and labels.dtype == np.int32
            # Every image has a single value, so cropping and flipping do not change it.
            expected = (labels / 127.5 - 1)[:, None, None, None]
            np.testing.assert_allclose(images, np.broadcast_to(expected, images.shape), atol=1e-6)

    def test_an_epoch_depends_on_seed_and_epoch_alone(self, digits_data):
        def epoch(seed, number):
            return list(datasets.training_batches(digits_data.train, 64, seed=seed, epoch=number))

        def same(one, other):
            return all(
                np.array_equal(a[0], b[0]) and np.array_equal(a[1], b[1]) for a, b in zip(one, other, strict=True)
            )

        third = epoch(5, 3)
        for number in range(4):
            after_others = epoch(5, number)
        assert same(third, after_others), "epoch 3 is the same with and without the epochs before it"
        assert not same(third, epoch(5, 2)) and not same(third, epoch(6, 3))

    def test_the_order_alone_differs_by_seed_and_epoch(self):
        orders = {str(self.labels(seed=seed, epoch=epoch)) for seed in (1, 2) for epoch in (0, 1)}
        assert len(orders) == 4

    def test_the_augmentation_alone_differs_by_seed_epoch_and_batch(self, monkeypatch):
        monkeypatch.setattr(batches, "permutation", lambda count, seed: np.arange(count))
        pixels = np.random.default_rng(0).integers(0, 256, (16, 8, 8, 1), dtype=np.uint8)
        # Two batches of the same images.
        twice = datasets.Split(np.concatenate([pixels, pixels]), np.zeros(32, np.int32), np.arange(32))
        made = [
            images.tobytes()
            for seed in (1, 2)
            for epoch in (0, 1)
            for images, _ in datasets.training_batches(twice, 16, seed=seed, epoch=epoch)
        ]
        assert len(set(made)) == len(made) == 8, "every batch has its own draws"

    def test_another_process_makes_the_same_epoch(self, data_dir, digits_data):
        code = f"""
import hashlib
from ablations.data import datasets
data = datasets.load("digits", data_dir={str(data_dir)!r})
digest = hashlib.sha256()
for images, labels in datasets.training_batches(data.train, 64, seed=5, epoch=3):
    digest.update(images); digest.update(labels)
print(digest.hexdigest())
"""
        digest = hashlib.sha256()
        for images, labels in datasets.training_batches(digits_data.train, 64, seed=5, epoch=3):
            digest.update(images)
            digest.update(labels)
        assert run_python(code).stdout.strip() == digest.hexdigest(), "hash seeds and threads change nothing"

    def test_batches_can_be_read_twice_and_left_early(self):
        made = datasets.training_batches(a_split(50), 8, seed=1, epoch=0)
        first, _ = next(iter(made))
        again = [images for images, _ in made]
        assert len(again) == 6
        np.testing.assert_array_equal(first, again[0])

    def test_the_order_does_not_depend_on_the_augmentation(self):
        assert self.labels(augmentation=("crop", "flip")) == self.labels(augmentation=())

    @pytest.mark.parametrize(("count", "batch_size", "sizes"), [(10, 4, [4, 4, 2]), (8, 4, [4, 4]), (3, 8, [3])])
    def test_evaluation_reads_every_example_exactly_once(self, count, batch_size, sizes):
        found = list(datasets.evaluation_batches(a_split(count), batch_size))
        assert [len(labels) for _, labels in found] == sizes == [len(images) for images, _ in found]
        assert np.concatenate([labels for _, labels in found]).tolist() == list(range(count)), "in stored order"

    def test_evaluation_of_a_whole_set(self, digits_data):
        images, labels = map(np.concatenate, zip(*datasets.evaluation_batches(digits_data.test, 100), strict=True))
        np.testing.assert_array_equal(labels, digits_data.test.labels)
        np.testing.assert_array_equal(np.round((images + 1) * 127.5), digits_data.test.images)

    def test_normalisation(self):
        values = batches.normalize(np.array([0, 51, 255], np.uint8))
        assert values.dtype == np.float32
        np.testing.assert_allclose(values, [-1, -0.6, 1], atol=1e-6)

    def test_bad_arguments(self):
        with pytest.raises(UserError, match="unknown augmentation 'flp'.*did you mean 'flip'"):
            self.labels(augmentation=("crop", "flp"))
        with pytest.raises(UserError, match="appears twice"):
            self.labels(augmentation=("flip", "flip"))
        with pytest.raises(UserError, match="batch size 51 is larger than the 50"):
            self.labels(batch_size=51)
        for make in (self.labels, lambda batch_size: datasets.evaluation_batches(a_split(5), batch_size)):
            with pytest.raises(UserError, match="at least 1"):
                make(batch_size=0)
