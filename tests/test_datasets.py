"""The data layer: splits, batches, and an error with the next step for what goes wrong."""

import hashlib
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image

from ablations import batches, datasets, digits, prepared
from inception_keras.errors import UserError

ROOT = Path(__file__).parent.parent

# What an environment without TensorFlow looks like: the import system does not find it. None in sys.modules would not
# do, because TFDS takes any entry there for a loaded TensorFlow.
WITHOUT_TENSORFLOW = """
import sys
from importlib.machinery import PathFinder
class Finder:
    def find_spec(name, path=None, target=None):
        return None if name.partition(".")[0] == "tensorflow" else PathFinder.find_spec(name, path, target)
sys.meta_path[sys.meta_path.index(PathFinder)] = Finder
"""


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """A directory that holds `digits` as ArrayRecord."""
    root = tmp_path_factory.mktemp("data")
    digits.prepare(root)
    return root


@pytest.fixture(scope="module")
def tfrecord_dir(tmp_path_factory):
    """A directory that holds `digits` as TFRecord."""
    pytest.importorskip("tensorflow")
    root = tmp_path_factory.mktemp("tfrecord")
    # Several files, because TFDS takes turns between them unless it is told not to.
    config = tfds.download.DownloadConfig(num_shards=3)
    digits.Digits(data_dir=root, file_format="tfrecord").download_and_prepare(download_config=config)
    return root


@pytest.fixture(scope="module")
def loaded(data_dir):
    return datasets.load("digits", data_dir=data_dir)


@pytest.fixture
def copy(data_dir, tmp_path):
    """A copy of the prepared set to damage: its data directory and the directory of its version."""
    root = shutil.copytree(data_dir, tmp_path / "copy")
    return root, root / "digits" / "1.0.0"


def a_split(count, side=8, channels=1):
    """Image i is filled with the value i, and its label is i, so that a batch tells what is in it."""
    images = np.broadcast_to(
        np.arange(count, dtype=np.uint8)[:, None, None, None], (count, side, side, channels)
    ).copy()
    return datasets.Split(images, np.arange(count, dtype=np.int32), np.arange(count))


def run(code, timeout=120, **environment):
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=timeout, env=environment or None
    )


class TestSplits:
    def test_shapes_and_types(self, loaded):
        assert loaded.image_shape == (8, 8, 1) and loaded.classes == 10
        assert loaded.class_names == tuple("0123456789")
        for split in (loaded.train, loaded.validation, loaded.test):
            assert split.images.shape == (len(split), 8, 8, 1) and split.images.dtype == np.uint8
            assert split.labels.shape == (len(split),) and split.labels.dtype == np.int32
            assert split.ids.shape == (len(split),) and split.ids.dtype == np.int64
        assert "scikit-learn" in loaded.note

    def test_ids_point_at_the_examples_of_the_tfds_split(self, loaded, data_dir):
        builder = tfds.builder_from_directory(data_dir / "digits" / "1.0.0")
        for split, stored in ((loaded.train, "train"), (loaded.validation, "train"), (loaded.test, "test")):
            source = builder.as_data_source(split=stored)
            for position, row in enumerate(split.ids.tolist()):
                np.testing.assert_array_equal(split.images[position], source[row]["image"])
                assert split.labels[position] == source[row]["label"]

    def test_train_and_validation_share_nothing_and_lose_nothing(self, loaded):
        together = np.concatenate([loaded.train.ids, loaded.validation.ids])
        assert sorted(together.tolist()) == list(range(1437))
        assert loaded.test.ids.tolist() == list(range(360))

    def test_validation_is_stratified(self, loaded):
        train, held_out = (np.bincount(split.labels) for split in (loaded.train, loaded.validation))
        assert held_out.tolist() == [round(0.1 * count) for count in (train + held_out).tolist()]

    def test_fraction_is_stratified_nested_and_spares_test(self, loaded, data_dir):
        half = datasets.load("digits", data_dir=data_dir, fraction=0.5)
        tenth = datasets.load("digits", data_dir=data_dir, fraction=0.1)
        for part in ("train", "validation"):
            whole, some, few = (getattr(data, part) for data in (loaded, half, tenth))
            counts = np.bincount(whole.labels).tolist()
            assert np.bincount(some.labels).tolist() == [round(0.5 * count) for count in counts]
            assert set(few.ids) < set(some.ids) < set(whole.ids), "more data means these examples and further ones"
        np.testing.assert_array_equal(half.test.images, loaded.test.images)
        assert half.fingerprint != loaded.fingerprint != tenth.fingerprint

    def test_same_data_same_fingerprint(self, loaded, data_dir):
        again = datasets.load("digits", data_dir=data_dir)
        assert again.fingerprint == loaded.fingerprint and len(loaded.fingerprint) == 16
        np.testing.assert_array_equal(again.validation.ids, loaded.validation.ids)
        other = datasets.load("digits", data_dir=data_dir, validation=0.2)
        assert other.fingerprint != loaded.fingerprint, "other splits are other data"

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

    def test_describe_is_json(self, loaded):
        told = json.loads(json.dumps(loaded.describe()))
        assert told["counts"] == {"train": len(loaded.train), "validation": len(loaded.validation), "test": 360}
        assert (told["name"], told["version"], told["image_shape"]) == ("digits", "1.0.0", [8, 8, 1])
        assert told["note"] == loaded.note and told["fingerprint"] == loaded.fingerprint

    def test_data_cannot_be_written_to(self, loaded):
        with pytest.raises(ValueError, match="read-only"):
            loaded.train.images[0] = 0

    def test_image_size_resizes_as_pillow_does(self, loaded, data_dir):
        large = datasets.load("digits", data_dir=data_dir, image_size=12)
        assert large.image_shape == (12, 12, 1)
        expected = Image.fromarray(loaded.test.images[7, ..., 0]).resize((12, 12), Image.Resampling.BILINEAR)
        np.testing.assert_array_equal(large.test.images[7, ..., 0], np.asarray(expected))

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"validation": 0}, "validation must be between"),
            ({"validation": 1.0}, "validation must be between"),
            ({"fraction": 0}, "fraction must be above"),
            ({"fraction": 1.1}, "fraction must be above"),
            ({"fraction": 0.02}, "too few examples.*none for validation"),
            ({"validation": 0.999}, "too few examples.*none for train"),
            ({"image_size": 0}, "image_size must be"),
            ({"image_size": 8.5}, "image_size must be"),
        ],
    )
    def test_bad_arguments(self, data_dir, arguments, message):
        with pytest.raises(UserError, match=message):
            datasets.load("digits", data_dir=data_dir, **arguments)


class Toy:
    """Stands in for an opened set: images of the given sizes, `train` and further splits with the given labels."""

    directory, version, note, random_access, channels, class_names = Path("toy"), "1.0.0", "", True, 3, ("a", "b")

    def __init__(self, sizes=((6, 6),), **labels):
        self.sizes = sizes
        self._labels = {name: np.asarray(found, np.int32) for name, found in labels.items()}
        self.counts = {name: len(found) for name, found in labels.items()}

    def labels(self, split):
        return self._labels[split]

    def images(self, split, ids):
        for index in ids.tolist():
            file = io.BytesIO()
            Image.new("L", self.sizes[index % len(self.sizes)], index).save(file, "PNG")
            yield file.getvalue()


class TestOtherSets:
    """What `digits` does not have: other splits, sizes, colours."""

    @pytest.fixture
    def load(self, monkeypatch):
        def load(toy, **arguments):
            monkeypatch.setattr(datasets, "_directory", lambda name, data_dir: toy.directory)
            monkeypatch.setattr(prepared, "Prepared", lambda directory: toy)
            return datasets.load("toy", **arguments)

        return load

    def test_validation_stands_in_for_a_test_split_without_labels(self, load):
        data = load(Toy(train=[0, 1] * 20, validation=[0, 1, 1], test=[-1, -1]))
        assert data.test.labels.tolist() == [0, 1, 1]
        assert len(data.train) + len(data.validation) == 40, "our validation is cut from train all the same"

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

    def test_different_sizes_need_image_size(self, load):
        toy = Toy(sizes=[(6, 6), (7, 5)], train=[0, 1] * 20, test=[0])
        with pytest.raises(UserError, match=r"differ in size \(6x6 and 5x7\): set image_size"):
            load(toy)
        assert load(toy, image_size=4).image_shape == (4, 4, 3)

    def test_grey_files_of_a_colour_set_become_colour(self, load):
        images = load(Toy(train=[0, 1] * 20, test=[0])).train.images
        assert images.shape[1:] == (6, 6, 3)
        assert (images[..., 0] == images[..., 2]).all()


class TestFinding:
    def test_the_environment_says_where(self, monkeypatch, tmp_path):
        monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
        assert prepared.data_directory() == tmp_path
        assert prepared.data_directory("elsewhere") == Path("elsewhere"), "what is asked for comes first"
        monkeypatch.delenv("TFDS_DATA_DIR")
        assert prepared.data_directory() == Path.home() / "tensorflow_datasets", "the default of TFDS"

    def test_versions_and_configurations(self, tmp_path):
        for path in ("plain/1.9.0", "plain/1.10.0", "many/small/1.0.0", "many/large/1.0.0", "plain/incomplete.X_2.0.0"):
            (tmp_path / path).mkdir(parents=True)
            (tmp_path / path / "dataset_info.json").write_text("{}")
        assert prepared.find("plain", tmp_path).name == "1.10.0", "the newest by number, not by letter"
        assert prepared.find("plain:1.9.0", tmp_path).name == "1.9.0"
        assert prepared.find("many/small", tmp_path) == tmp_path / "many" / "small" / "1.0.0"
        with pytest.raises(UserError, match="name one of 'many/large', 'many/small'"):
            prepared.find("many", tmp_path)
        with pytest.raises(UserError, match="did you mean 'many/small'"):
            prepared.find("many/smal", tmp_path)
        with pytest.raises(UserError, match="'plain:2.0.0' is not prepared"):
            prepared.find("plain:2.0.0", tmp_path)
        with pytest.raises(UserError, match="data set name '../plain'"):
            prepared.find("../plain", tmp_path)

    def test_unprepared_is_an_error_within_two_seconds(self, tmp_path):
        code = f"""
import time; start = time.perf_counter()
from ablations import datasets
from inception_keras.errors import UserError
try:
    datasets.load("cifar10", data_dir={str(tmp_path)!r})
except UserError as error:
    print(time.perf_counter() - start); print(error)
"""
        seconds, message = run(code).stdout.splitlines()
        assert float(seconds) < 2, "measured from before the first import, in a fresh process"
        assert f"tfds build cifar10 --data_dir {tmp_path}" in message
        assert "--data-dir" in message and "TFDS_DATA_DIR" in message and "'digits'" in message

    def test_a_misspelt_name_gets_the_nearest(self, tmp_path):
        with pytest.raises(UserError, match="did you mean 'cifar10'.*tfds build cifar10 "):
            datasets.load("cifra10", data_dir=tmp_path)


class TestReading:
    def test_tfrecord_gives_what_array_record_gives(self, loaded, tfrecord_dir):
        read = datasets.load("digits", data_dir=tfrecord_dir)
        assert read.fingerprint == loaded.fingerprint, "pixels and labels of all splits, in order"
        np.testing.assert_array_equal(read.train.ids, loaded.train.ids)

    def test_too_large_tfrecord_gives_the_command_that_converts(self, tfrecord_dir, monkeypatch):
        monkeypatch.setattr(datasets, "memory_limit", lambda: 1797 * 64 - 1)
        command = (
            f"tfds convert_format --dataset_version_dir {tfrecord_dir}/digits/1.0.0 --out_file_format array_record"
        )
        with pytest.raises(UserError, match=command):
            datasets.load("digits", data_dir=tfrecord_dir)
        monkeypatch.setattr(datasets, "memory_limit", lambda: 1797 * 64)
        assert len(datasets.load("digits", data_dir=tfrecord_dir).test) == 360, "the limit itself still fits"

    def test_too_large_array_record_says_what_helps(self, data_dir, monkeypatch):
        monkeypatch.setattr(datasets, "memory_limit", lambda: 50_000)
        with pytest.raises(UserError, match="1,797 images of 8x8x1.*lower image_size or fraction") as caught:
            datasets.load("digits", data_dir=data_dir)
        assert "convert_format" not in str(caught.value), "it is converted already"
        assert len(datasets.load("digits", data_dir=data_dir, fraction=0.1).test) == 360, "a fraction needs less memory"

    def test_memory_limit_is_a_share_of_the_available(self, monkeypatch):
        whole = datasets.memory_limit()
        monkeypatch.setattr(datasets, "MEMORY_SHARE", datasets.MEMORY_SHARE / 10)
        assert 0 < datasets.memory_limit() < whole / 5

    def test_a_set_converted_in_place_is_read_as_array_record(self, copy, tfrecord_dir, loaded, monkeypatch):
        # tfds convert_format leaves tfrecord as the default format and names the other one beside it.
        root, version = copy
        told = json.loads((version / "dataset_info.json").read_text())
        told |= {"fileFormat": "tfrecord", "alternativeFileFormats": ["array_record"]}
        (version / "dataset_info.json").write_text(json.dumps(told))
        monkeypatch.setattr(prepared.Prepared, "_read_in_order", lambda *_: pytest.fail("read as TFRecord"))
        assert datasets.load("digits", data_dir=root).fingerprint == loaded.fingerprint

    def test_works_without_tensorflow(self, tmp_path, loaded):
        code = f"""{WITHOUT_TENSORFLOW}
from ablations import datasets
data = datasets.load("digits", data_dir={str(tmp_path)!r})
images, labels = next(iter(datasets.training_batches(data.train, 4, seed=0, epoch=0)))
print(images.shape, data.fingerprint, "tensorflow" in sys.modules)
"""
        done = run(code)
        assert done.returncode == 0, done.stderr
        assert done.stdout.split("\n")[-2] == f"(4, 8, 8, 1) {loaded.fingerprint} False", "prepared, read and batched"

    def test_tfrecord_without_tensorflow_gives_the_command(self, tfrecord_dir):
        code = f"""{WITHOUT_TENSORFLOW}
from ablations import datasets
datasets.load("digits", data_dir={str(tfrecord_dir)!r})
"""
        last = run(code).stderr.strip().splitlines()[-1]
        assert "UserError" in last and "needs TensorFlow" in last and "tfds convert_format" in last

    def test_loading_array_record_does_not_import_tensorflow(self, data_dir):
        code = f"""
import sys
from ablations import datasets
print({{"tensorflow_datasets", "grain", "sklearn"}} & set(sys.modules))
datasets.load("digits", data_dir={str(data_dir)!r})
print("tensorflow" in sys.modules)
"""
        assert run(code).stdout.split() == ["set()", "False"], "start-up stays fast, and JAX keeps the GPU's memory"


class TestDamage:
    RECORDS = "digits-train.array_record-00000-of-00001"

    @pytest.mark.parametrize("keep", [0, 0.5, 0.999])
    def test_truncated_records(self, copy, keep):
        root, version = copy
        content = (version / self.RECORDS).read_bytes()
        (version / self.RECORDS).write_bytes(content[: int(len(content) * keep)])
        with pytest.raises(UserError, match=f"damaged.*{self.RECORDS}"):
            datasets.load("digits", data_dir=root)

    def test_overwritten_records(self, copy):
        root, version = copy
        content = bytearray((version / self.RECORDS).read_bytes())
        middle = len(content) // 2
        content[middle : middle + 500] = bytes(500)
        (version / self.RECORDS).write_bytes(content)
        with pytest.raises(UserError, match=f"damaged.*{self.RECORDS}"):
            datasets.load("digits", data_dir=root)

    def test_missing_records(self, copy):
        root, version = copy
        (version / self.RECORDS).unlink()
        with pytest.raises(UserError, match=f"damaged.*{self.RECORDS}"):
            datasets.load("digits", data_dir=root)

    @pytest.mark.parametrize("file", ["dataset_info.json", "features.json"])
    @pytest.mark.parametrize("content", ['{"name": ', "[]", ""])
    def test_wrong_json(self, copy, file, content):
        root, version = copy
        (version / file).write_text(content)
        with pytest.raises(UserError, match=f"damaged.*{version}"):
            datasets.load("digits", data_dir=root)

    def test_a_damaged_image_is_named(self, data_dir, monkeypatch):
        whole = prepared.Prepared.images

        def images(self, split, ids):
            for index, encoded in zip(ids.tolist(), whole(self, split, ids), strict=True):
                yield encoded[:60] if (split, index) == ("test", 17) else encoded

        monkeypatch.setattr(prepared.Prepared, "images", images)
        with pytest.raises(UserError, match="damaged.*image 17 of split 'test'"):
            datasets.load("digits", data_dir=data_dir)


class TestBatches:
    def labels(self, count=50, batch_size=8, **arguments):
        arguments = {"seed": 1, "epoch": 0, "augmentation": ()} | arguments
        return [labels.tolist() for _, labels in datasets.training_batches(a_split(count), batch_size, **arguments)]

    def test_training_batches_hold_each_example_at_most_once(self):
        found = self.labels()
        assert [len(labels) for labels in found] == [8] * 6, "the last two of 50 examples make no batch"
        flat = [label for labels in found for label in labels]
        assert len(set(flat)) == 48 and flat != sorted(flat)

    def test_images_and_labels_stay_together(self):
        for images, labels in datasets.training_batches(a_split(50), 8, seed=1, epoch=0):
            assert images.dtype == np.float32 and labels.dtype == np.int32
            # Every image is of one value, so cropping and flipping leave it as it is.
            expected = (labels / 127.5 - 1)[:, None, None, None]
            np.testing.assert_allclose(images, np.broadcast_to(expected, images.shape), atol=1e-6)

    def test_an_epoch_depends_on_seed_and_epoch_alone(self, loaded):
        def epoch(seed, number):
            return list(datasets.training_batches(loaded.train, 64, seed=seed, epoch=number))

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
        assert len(set(made)) == len(made) == 8, "every batch has draws of its own"

    def test_another_process_makes_the_same_epoch(self, data_dir, loaded):
        code = f"""
import hashlib
from ablations import datasets
data = datasets.load("digits", data_dir={str(data_dir)!r})
digest = hashlib.sha256()
for images, labels in datasets.training_batches(data.train, 64, seed=5, epoch=3):
    digest.update(images); digest.update(labels)
print(digest.hexdigest())
"""
        digest = hashlib.sha256()
        for images, labels in datasets.training_batches(loaded.train, 64, seed=5, epoch=3):
            digest.update(images)
            digest.update(labels)
        assert run(code).stdout.strip() == digest.hexdigest(), "neither hash seeds nor threads have a say"

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

    def test_evaluation_of_a_whole_set(self, loaded):
        images, labels = map(np.concatenate, zip(*datasets.evaluation_batches(loaded.test, 100), strict=True))
        np.testing.assert_array_equal(labels, loaded.test.labels)
        np.testing.assert_array_equal(np.round((images + 1) * 127.5), loaded.test.images)

    def test_normalisation(self):
        values = batches.normalize(np.array([0, 51, 255], np.uint8))
        assert values.dtype == np.float32
        np.testing.assert_allclose(values, [-1, -0.6, 1], atol=1e-6)

    def test_bad_arguments(self):
        with pytest.raises(UserError, match="unknown augmentation 'flp'.*did you mean 'flip'"):
            self.labels(augmentation=("crop", "flp"))
        with pytest.raises(UserError, match="stands twice"):
            self.labels(augmentation=("flip", "flip"))
        with pytest.raises(UserError, match="batch size 51 is larger than the 50"):
            self.labels(batch_size=51)
        for make in (self.labels, lambda batch_size: datasets.evaluation_batches(a_split(5), batch_size)):
            with pytest.raises(UserError, match="at least 1"):
                make(batch_size=0)
