"""Data sets: splits, where they are cut from, and sets of other shapes."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image

from ablations.data import crops, datasets, tfds_reader
from inception_keras.errors import UserError
from tests.support.data import a_split


class TestSplits:
    def test_shapes_and_types(self, digits_data):
        assert digits_data.image_shape == (8, 8, 1) and digits_data.classes == 10
        assert digits_data.class_names == tuple("0123456789")
        for split in (digits_data.train, digits_data.validation, digits_data.test):
            assert split.images.shape == (len(split), 8, 8, 1) and split.images.dtype == np.uint8
            assert split.labels.shape == (len(split),) and split.labels.dtype == np.int32
            assert split.ids.shape == (len(split),) and split.ids.dtype == np.int64
        assert "scikit-learn" in digits_data.note

    def test_ids_point_at_the_examples_of_the_tfds_split(self, digits_data, data_dir):
        builder = tfds.builder_from_directory(data_dir / "digits" / "1.0.0")
        for split, stored in (
            (digits_data.train, "train"),
            (digits_data.validation, "train"),
            (digits_data.test, "test"),
        ):
            source = builder.as_data_source(split=stored)
            for position, row in enumerate(split.ids.tolist()):
                np.testing.assert_array_equal(split.images[position], source[row]["image"])
                assert split.labels[position] == source[row]["label"]

    def test_train_and_validation_share_nothing_and_lose_nothing(self, digits_data):
        together = np.concatenate([digits_data.train.ids, digits_data.validation.ids])
        assert sorted(together.tolist()) == list(range(1437))
        assert digits_data.test.ids.tolist() == list(range(360))

    def test_validation_is_stratified(self, digits_data):
        train, held_out = (np.bincount(split.labels) for split in (digits_data.train, digits_data.validation))
        assert held_out.tolist() == [round(0.1 * count) for count in (train + held_out).tolist()]

    def test_fraction_is_stratified_nested_and_spares_test(self, digits_data, data_dir):
        half = datasets.load("digits", data_dir=data_dir, fraction=0.5)
        tenth = datasets.load("digits", data_dir=data_dir, fraction=0.1)
        for part in ("train", "validation"):
            whole, some, few = (getattr(data, part) for data in (digits_data, half, tenth))
            counts = np.bincount(whole.labels).tolist()
            assert np.bincount(some.labels).tolist() == [round(0.5 * count) for count in counts]
            assert set(few.ids) < set(some.ids) < set(whole.ids), "a larger fraction adds examples and drops none"
        np.testing.assert_array_equal(half.test.images, digits_data.test.images)
        assert half.fingerprint != digits_data.fingerprint != tenth.fingerprint

    def test_some_classes_keep_their_examples(self, digits_data, data_dir):
        two = datasets.load("digits", data_dir=data_dir, classes=("7", "2"))
        assert (two.classes, two.class_names) == (2, ("2", "7")), "in the order of the data set"
        assert two.note.endswith("Of its classes only 2 and 7.")
        for part in ("train", "validation", "test"):
            whole, some = getattr(digits_data, part), getattr(two, part)
            assert some.ids.tolist() == whole.ids[np.isin(whole.labels, (2, 7))].tolist(), "the same cuts"
            np.testing.assert_array_equal(np.array([2, 7])[some.labels], whole.labels[np.isin(whole.labels, (2, 7))])
        for classes, words in ((("8", "nine"), "unknown class 'nine'"), (("8",), "two or more of 0, 1")):
            with pytest.raises(UserError, match=words):
                datasets.load("digits", data_dir=data_dir, classes=classes)

    def test_same_data_same_fingerprint(self, digits_data, data_dir):
        again = datasets.load("digits", data_dir=data_dir)
        assert again.fingerprint == digits_data.fingerprint and len(digits_data.fingerprint) == 16
        np.testing.assert_array_equal(again.validation.ids, digits_data.validation.ids)
        other = datasets.load("digits", data_dir=data_dir, validation=0.2)
        assert other.fingerprint != digits_data.fingerprint, "other splits count as other data"

    def test_one_pixel_or_label_changes_the_fingerprint(self):
        def fingerprint(split):
            return datasets._fingerprint("toy", "1.0.0", [split])

        whole, pixel, label = a_split(5), a_split(5).images, a_split(5).labels
        pixel.setflags(write=True)
        label.setflags(write=True)
        pixel[3, 2, 1, 0] += 1
        label[3] += 1
        assert fingerprint(whole) == fingerprint(a_split(5))
        assert fingerprint(whole) != fingerprint(datasets.Split(pixel, whole.labels, whole.ids))
        assert fingerprint(whole) != fingerprint(datasets.Split(whole.images, label, whole.ids))

    def test_describe_is_json(self, digits_data):
        told = json.loads(json.dumps(digits_data.describe()))
        assert told["counts"] == {
            "train": len(digits_data.train),
            "validation": len(digits_data.validation),
            "test": 360,
        }
        assert (told["name"], told["version"], told["image_shape"]) == ("digits", "1.0.0", [8, 8, 1])
        assert told["note"] == digits_data.note and told["fingerprint"] == digits_data.fingerprint

    def test_data_cannot_be_written_to(self, digits_data):
        with pytest.raises(ValueError, match="read-only"):
            digits_data.train.images[0] = 0

    def test_image_size_resizes_as_pillow_does(self, digits_data, data_dir):
        large = datasets.load("digits", data_dir=data_dir, image_size=12)
        assert large.image_shape == (12, 12, 1)
        expected = Image.fromarray(digits_data.test.images[7, ..., 0]).resize((12, 12), Image.Resampling.BILINEAR)
        np.testing.assert_array_equal(large.test.images[7, ..., 0], np.asarray(expected))

    def test_height_and_width(self, digits_data, data_dir):
        wide = datasets.load("digits", data_dir=data_dir, image_size=(10, 14))
        assert wide.image_shape == wide.test.images.shape[1:] == (10, 14, 1)
        expected = Image.fromarray(digits_data.test.images[7, ..., 0]).resize((14, 10), Image.Resampling.BILINEAR)
        np.testing.assert_array_equal(wide.test.images[7, ..., 0], np.asarray(expected))
        cropped = datasets.load("digits", data_dir=data_dir, image_size=(10, 14), augmentation=("inception_crop",))
        images, _ = cropped.train.crop(np.arange(3), crops.draw(3, seed=0))
        assert images.shape == (3, 10, 14, 1)
        assert cropped.test.images.shape[1:] == (10, 14, 1)
        assert len({wide.fingerprint, cropped.fingerprint, digits_data.fingerprint}) == 3

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"validation": 0}, "validation must be between"),
            ({"validation": 1.0}, "validation must be between"),
            ({"fraction": 0}, "fraction must be above"),
            ({"fraction": 1.1}, "fraction must be above"),
            (
                {"fraction": 0.02},
                "too few examples: class '0' has .*none for validation: set another validation or a larger",
            ),
            ({"validation": 0.999}, "too few examples.*none for train"),
            ({"image_size": 0}, "image_size must be"),
            ({"image_size": (8, 0)}, "image_size must be"),
            ({"image_size": 8.5}, "image_size must be"),
        ],
    )
    def test_bad_arguments(self, data_dir, arguments, message):
        with pytest.raises(UserError, match=message):
            datasets.load("digits", data_dir=data_dir, **arguments)


class Toy:
    """A fake `Prepared`: images of the given sizes, and splits with the given labels."""

    directory, version, note, channels, class_names = Path("toy"), "1.0.0", "", 3, ("a", "b")
    random_access, one_size, format, damage_hint = False, True, "tfrecord", tfds_reader.Prepared.damage_hint
    too_small = ()
    example_name, damage_reported = tfds_reader.Prepared.example_name, tfds_reader.Prepared.damage_reported

    def __init__(self, sizes=((6, 6),), **labels):
        self.sizes = sizes
        self._labels = {name: np.asarray(found, np.int32) for name, found in labels.items()}
        self.counts = {name: len(found) for name, found in labels.items()}

    def labels(self, split, first=None):
        return self._labels[split][:first]

    def files(self, split):
        return []

    def images(self, split, ids):
        for index in ids.tolist():
            file = io.BytesIO()
            Image.new("L", self.sizes[index % len(self.sizes)], index).save(file, "PNG")
            yield file.getvalue()


class TestOtherSets:
    """Splits, sizes and colours that `digits` does not have."""

    @pytest.fixture
    def load(self, monkeypatch):
        def load(toy, **arguments):
            monkeypatch.setattr(datasets, "_directory", lambda name, data_dir: toy.directory)
            monkeypatch.setattr(tfds_reader, "Prepared", lambda directory: toy)
            return datasets.load("toy", **arguments)

        return load

    def test_validation_stands_in_for_a_test_split_without_labels(self, load):
        data = load(Toy(train=[0, 1] * 20, validation=[0, 1, 1], test=[-1, -1]))
        assert data.test.labels.tolist() == [0, 1, 1]
        assert len(data.train) + len(data.validation) == 40, "our validation split is still cut from train"

    def test_labelled_test_split_is_preferred(self, load):
        assert load(Toy(train=[0, 1] * 20, validation=[0, 1, 1], test=[1, 0])).test.labels.tolist() == [1, 0]

    @pytest.mark.parametrize(
        ("splits", "message"),
        [
            ({"train": [0, 1] * 20}, "no labelled split 'test' or 'validation'"),
            ({"test": [0, 1]}, "no split 'train'"),
            ({"train": [0, -1] * 20, "test": [0]}, "training examples without a label"),
        ],
    )
    def test_missing_splits(self, load, splits, message):
        with pytest.raises(UserError, match=message):
            load(Toy(**splits))

    def test_only_wanted_classes_need_examples_in_every_part(self, load):
        toy = Toy(train=[0, 1] * 20 + [2], test=[0, 1])
        toy.class_names = ("a", "b", "rare")
        for classes in ((), ("a", "rare")):
            with pytest.raises(UserError, match="too few examples: class 'rare' has 1"):
                load(toy, classes=classes)
        some, all_of_two = load(toy, classes=("a", "b")), load(Toy(train=[0, 1] * 20, test=[0, 1]))
        assert some.fingerprint == all_of_two.fingerprint, "the same cuts"

    def test_classes_that_a_split_has_no_examples_of_are_refused_before_training(self, load):
        toy = Toy(train=[0, 1, 2] * 20, test=[2, 2])
        toy.class_names = ("a", "b", "c")
        with pytest.raises(UserError, match="split 'test' has no examples of a and b for test: name classes of c$"):
            load(toy, classes=("b", "a"))
        assert load(toy, classes=("b", "c")).test.labels.tolist() == [1, 1]
        toy = Toy(train=[2] * 20, test=[0, 1, 2])
        toy.class_names = ("a", "b", "c")
        with pytest.raises(UserError, match="split 'train' has no examples of a and b for train"):
            load(toy, classes=("b", "a"))

    def test_different_sizes_need_image_size(self, load):
        toy = Toy(sizes=[(6, 6), (7, 5)], train=[0, 1] * 20, test=[0])
        with pytest.raises(UserError, match=r"differ in size \(6x6 and 5x7\): set image_size"):
            load(toy)
        assert load(toy, image_size=4).image_shape == (4, 4, 3)

    def test_grey_files_of_a_colour_set_become_colour(self, load):
        images = load(Toy(train=[0, 1] * 20, test=[0])).train.images
        assert images.shape[1:] == (6, 6, 3)
        assert (images[..., 0] == images[..., 2]).all()
