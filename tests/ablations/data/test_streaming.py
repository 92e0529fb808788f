"""Data streamed from disk: the same examples and epochs as in memory, and an error that names a damaged file."""

import shutil

import numpy as np
import pytest

from ablations.data import cache, datasets, label_cache, placement
from inception_keras.errors import UserError
from tests.support import imagenet

CROP = ("inception_crop", "flip")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    pytest.importorskip("tensorflow")  # TFDS needs it to write text features
    root = tmp_path_factory.mktemp("imagenet")
    imagenet.small(root)
    return root


@pytest.fixture
def copy(root, tmp_path):
    return shutil.copytree(root, tmp_path / "copy")


def load(root, **arguments):
    return datasets.load("imagenet2012", data_dir=root, **{"image_size": 32, "augmentation": CROP} | arguments)


def epoch(split, **arguments):
    settings = {"seed": 1, "epoch": 0, "augmentation": CROP} | arguments
    return [part for batch in datasets.training_batches(split, 16, **settings) for part in batch]


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_images_of_many_sizes_are_streamed(root):
    data = load(root)
    assert data.streamed and data.describe()["streamed"]
    assert data.image_shape == (32, 32, 3) and data.classes == 1000
    assert [len(split) for split in (data.train, data.validation, data.test)] == [180, 20, 40]
    images, labels = data.train.take(np.arange(180))
    assert images.shape == (180, 32, 32, 3) and images.dtype == np.uint8
    light = images.mean(axis=(1, 2, 3)) > 100
    # the larger values of a CMYK file are darker
    assert (light != labels % 2).sum() <= 1, "images and labels belong together, but for the CMYK file"


def test_what_does_not_fit_is_streamed_with_the_same_pixels(data_dir, digits_data, monkeypatch):
    monkeypatch.setattr(placement, "memory_limit", lambda: 1000)
    streamed = datasets.load("digits", data_dir=data_dir)
    assert streamed.streamed and streamed.fingerprint != digits_data.fingerprint
    for part in ("train", "validation", "test"):
        ours, theirs = getattr(streamed, part), getattr(digits_data, part)
        np.testing.assert_array_equal(ours.ids, theirs.ids)
        np.testing.assert_array_equal(ours.take(np.arange(len(ours)))[0], theirs.images)
        np.testing.assert_array_equal(ours.head(7).take(np.arange(7))[0], theirs.head(7).images)
    augmentation = ("crop", "flip")
    assert same(epoch(streamed.train, augmentation=augmentation), epoch(digits_data.train, augmentation=augmentation))


def test_data_is_read_as_other_trials_read_it_whatever_memory_is_free(data_dir, digits_data, monkeypatch):
    streamed = datasets.load("digits", data_dir=data_dir, streamed=True)
    assert streamed.streamed
    monkeypatch.setattr(placement, "memory_limit", lambda: 1000)
    assert datasets.load("digits", data_dir=data_dir).fingerprint == streamed.fingerprint
    assert datasets.load("digits", data_dir=data_dir, streamed=False).fingerprint == digits_data.fingerprint
    monkeypatch.setattr(placement, "_free_memory", lambda: 1000)
    with pytest.raises(UserError, match="the limit is 1e-06 GB; they can't be streamed .*: free memory, lower --jobs"):
        datasets.load("digits", data_dir=data_dir, streamed=False)


def test_crops_of_a_streamed_set_are_those_of_the_same_set_in_memory(data_dir, monkeypatch):
    arguments = {"data_dir": data_dir, "image_size": 16, "augmentation": ("inception_crop",)}
    held = datasets.load("digits", **arguments)
    monkeypatch.setattr(placement, "memory_limit", lambda: 1000)
    streamed = datasets.load("digits", **arguments)
    assert streamed.streamed and not held.streamed
    names = ("inception_crop",)
    assert same(epoch(streamed.train, augmentation=names), epoch(held.train, augmentation=names))
    np.testing.assert_array_equal(streamed.test.take(np.arange(360))[0], held.test.images)


def test_an_epoch_is_a_function_of_seed_and_epoch(root):
    one, other = load(root), load(root)
    assert one.fingerprint == other.fingerprint
    first = epoch(one.train)
    epoch(other.train, epoch=3)
    assert same(first, epoch(other.train)), "independent of the epochs read before"
    assert not same(first, epoch(one.train, epoch=1)) and not same(first, epoch(one.train, seed=2))


def test_evaluation_reads_every_example_once(root):
    data = load(root)
    labels = np.concatenate([labels for _, labels in datasets.evaluation_batches(data.test, 16)])
    np.testing.assert_array_equal(labels, data.test.labels)


def test_the_fingerprint_tells_other_data_and_other_splits(root, copy):
    whole = load(root).fingerprint
    assert load(copy).fingerprint == whole, "the folder does not matter"
    others = [load(root, validation=0.2), load(root, image_size=16), load(root, fraction=0.5)]
    assert len({whole, *(data.fingerprint for data in others)}) == 4


def test_a_record_damaged_after_the_start_is_named(copy):
    data = load(copy)
    file = copy / "imagenet2012/5.1.0/imagenet2012-train.array_record-00001-of-00003"
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 3000] = bytes(3000)
    with open(file, "r+b") as damaged:
        damaged.write(content)
    with pytest.raises(UserError, match=f"damaged.*{file.name}") as error:
        epoch(data.train)
    assert "\n" not in str(error.value)


def test_an_image_that_is_none_is_named(copy, monkeypatch):
    data = load(copy)
    read = data.train.records._read
    bad = int(data.train.ids[5])
    monkeypatch.setattr(
        data.train.records,
        "_read",
        lambda ids: [b[:50] if i == bad else b for i, b in zip(ids.tolist(), read(ids), strict=True)],
    )
    with pytest.raises(UserError, match=f"damaged.*array_record-0000.*image {bad} of split 'train'"):
        epoch(data.train)


class TestLabels:
    @pytest.fixture
    def source(self, copy, monkeypatch, tmp_path):
        from ablations.data.tfds_reader import Prepared

        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        monkeypatch.setattr(cache, "WORTH", 1)
        monkeypatch.setattr(cache, "LARGE", 1)
        monkeypatch.setattr(label_cache, "TOLD_FROM", 1)
        return Prepared(copy / "imagenet2012" / "5.1.0")

    def test_they_are_read_once(self, source, capsys, monkeypatch, tmp_path):
        first = label_cache.labels(source, "train")
        assert "reading the 200 labels" in capsys.readouterr().err
        assert [path.suffix for path in (tmp_path / "cache").rglob("imagenet2012-train-5.1.0-*")] == [".npy"]
        monkeypatch.setattr(source, "labels", lambda *_, **__: pytest.fail("read again"))
        np.testing.assert_array_equal(label_cache.labels(source, "train"), first)
        assert capsys.readouterr().err == ""

    def test_a_set_that_is_prepared_anew_is_read_anew(self, source, capsys):
        label_cache.labels(source, "train")
        file = source.files("train")[-1]
        file.write_bytes(file.read_bytes() + b"\0" * 8)
        capsys.readouterr()
        with pytest.raises(UserError, match=r"damaged"):
            label_cache.labels(source, "train")
        assert "reading the 200 labels" in capsys.readouterr().err

    @pytest.mark.parametrize("content", [b"", b"no array", None])
    def test_a_damaged_file_is_read_anew(self, source, tmp_path, content):
        first = label_cache.labels(source, "train")
        (path,) = (tmp_path / "cache").rglob("*.npy")
        path.write_bytes(path.read_bytes()[:-4] if content is None else content)
        np.testing.assert_array_equal(label_cache.labels(source, "train"), first)

    def test_a_cache_that_can_not_be_written_is_no_reason_to_stop(self, source, monkeypatch, tmp_path, capsys):
        (tmp_path / "file").write_text("")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
        assert len(label_cache.labels(source, "train")) == 200
        assert "can't be cached" in capsys.readouterr().err
