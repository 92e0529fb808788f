"""Decoded images are cached between runs, and never used for other data."""

import hashlib
import io
import json
import shutil

import numpy as np
import pytest
from PIL import Image

from ablations.data import cache, datasets, digits, label_cache, splits
from ablations.data.tfds_reader import Prepared
from tests.support.arrow_folders import png, save


@pytest.fixture(autouse=True)
def cache_everything(tmp_path, monkeypatch):
    """Even small arrays are cached, in an empty folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "WORTH", 0)


@pytest.fixture
def data_dir(tmp_path):
    digits.prepare(tmp_path / "data")
    return tmp_path / "data"


def files(tmp_path):
    return sorted((tmp_path / "cache").rglob("*.npy"))


def test_the_second_time_nothing_is_decoded(data_dir, tmp_path, monkeypatch):
    first = datasets.load("digits", data_dir=data_dir, image_size=16)
    # images of three splits, labels of the two that are stored
    assert sorted(path.parent.name for path in files(tmp_path)) == ["images"] * 3 + ["labels"] * 2
    monkeypatch.setattr(splits, "_decoded", lambda *_: pytest.fail("decoded again"))
    monkeypatch.setattr(label_cache, "_read", lambda *_: pytest.fail("read again"))
    again = datasets.load("digits", data_dir=data_dir, image_size=16)
    assert again.fingerprint == first.fingerprint
    for part in ("train", "validation", "test"):
        np.testing.assert_array_equal(getattr(again, part).images, getattr(first, part).images)
        assert not getattr(again, part).images.flags.writeable


@pytest.mark.parametrize("change", [{"image_size": 8}, {"fraction": 0.5}, {"validation": 0.2}])
def test_what_is_asked_for_otherwise_is_made_anew(change, data_dir, tmp_path):
    datasets.load("digits", data_dir=data_dir, image_size=16)
    before = files(tmp_path)
    changed = datasets.load("digits", data_dir=data_dir, **{"image_size": 16, **change})
    assert len(files(tmp_path)) > len(before)
    shutil.rmtree(tmp_path / "cache")
    assert datasets.load("digits", data_dir=data_dir, **{"image_size": 16, **change}).fingerprint == changed.fingerprint


def test_a_damaged_file_is_made_anew(data_dir, tmp_path):
    first = datasets.load("digits", data_dir=data_dir, image_size=16)
    for path in files(tmp_path):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    assert datasets.load("digits", data_dir=data_dir, image_size=16).fingerprint == first.fingerprint
    path.write_bytes(content[:20])
    assert datasets.load("digits", data_dir=data_dir, image_size=16).fingerprint == first.fingerprint


def forged(array, header) -> bytes:
    """A cached file with a right digest that this program does not write."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, header)
    content = file.getvalue() + array.tobytes()
    return hashlib.sha256(content).digest() + content


@pytest.mark.parametrize(
    "header",
    [
        {"descr": "|O", "fortran_order": False, "shape": (3,)},
        {"descr": [("a", "|O")], "fortran_order": False, "shape": (3,)},
        {"descr": "<f8", "fortran_order": True, "shape": (3,)},
        {"descr": "<i8", "fortran_order": False, "shape": (3,)},
        {"descr": "<f8", "fortran_order": False, "shape": (3, 1)},
        {"descr": "<f8", "fortran_order": False, "shape": (2,)},
        {"descr": "<f8", "fortran_order": False, "shape": (10**12,)},
    ],
    ids=str,
)
def test_a_file_that_only_its_digest_makes_right_is_not_taken(data_dir, tmp_path, header):
    """An object's bytes would be taken for an address; another type or order gives other numbers."""
    source = Prepared(next(data_dir.rglob("dataset_info.json")).parent)

    def kept():
        return cache.kept(source, "train", "sums", 0, lambda: np.ones(3), dtype=np.float64, shape=(3,))

    kept()
    (path,) = files(tmp_path)
    path.write_bytes(forged(np.full(3, 7.0), header))
    np.testing.assert_array_equal(kept(), np.ones(3))


def test_other_content_under_the_same_name_and_size_is_other_data(data_dir):
    """Files that are not too large are identified by their content."""
    source = Prepared(next(data_dir.rglob("dataset_info.json")).parent)
    expected = {"dtype": np.float64, "shape": (3,)}
    assert cache.kept(source, "train", "sums", 0, lambda: np.ones(3), **expected).sum() == 3
    (file,) = source.files("train")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    assert cache.kept(source, "train", "sums", 0, lambda: np.zeros(3), **expected).sum() == 0


def test_a_cache_that_can_not_be_written_is_no_reason_to_stop(data_dir, tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert len(datasets.load("digits", data_dir=data_dir, image_size=16).test) == 360
    assert "the images can't be cached in" in capsys.readouterr().err


def folder_of_bitmaps(place, value):
    for split, count in (("train", 12), ("test", 2)):
        for number, name in enumerate(("cat", "dog")):
            (place / split / name).mkdir(parents=True, exist_ok=True)
            for index in range(number * count, (number + 1) * count):
                Image.new("L", (8, 8), value + index).save(place / split / name / f"{index:04}.bmp")
    return f"folder:{place}"


def numpy_file(place, value):
    place.mkdir(exist_ok=True)
    labels = np.arange(20) // 10 if value else np.arange(20) % 2
    images = np.full((20, 8, 8), value, np.uint8)
    np.savez(place / "data.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    return f"numpy:{place / 'data.npz'}"


def arrow_folder(place, value):
    shutil.rmtree(place, ignore_errors=True)
    save(place, [(png(value + index), index % 2) for index in range(20)])
    return f"arrow:{place}"


def uncached(name, tmp_path):
    shutil.rmtree(tmp_path / "cache")
    return datasets.load(name)


@pytest.mark.parametrize("write", [folder_of_bitmaps, numpy_file, arrow_folder])
def test_own_files_are_known_by_their_content_however_large(write, tmp_path, monkeypatch):
    """Written again under the same names and in the same sizes they are other data."""
    monkeypatch.setattr(cache, "LARGE", 0)
    first = datasets.load(write(tmp_path / "mine", 0))
    assert files(tmp_path)
    name = write(tmp_path / "mine", 100)
    again = datasets.load(name)
    assert again.fingerprint != first.fingerprint
    assert again.fingerprint == uncached(name, tmp_path).fingerprint


def test_a_picture_moved_to_another_class_has_its_label(tmp_path):
    name = folder_of_bitmaps(tmp_path / "mine", 0)
    before = datasets.load(name)
    (tmp_path / "mine/train/cat/0011.bmp").rename(tmp_path / "mine/train/dog/0011.bmp")
    after = datasets.load(name)
    assert np.bincount(np.concatenate([before.train.labels, before.validation.labels])).tolist() == [12, 12]
    assert np.bincount(np.concatenate([after.train.labels, after.validation.labels])).tolist() == [11, 13]
    assert after.fingerprint == uncached(name, tmp_path).fingerprint


def test_images_are_those_of_the_cut_that_the_names_of_the_classes_make(tmp_path):
    """A test split is cut off by the names of the classes, which are not in the files of the images."""
    name = arrow_folder(tmp_path / "mine", 0)
    before = datasets.load(name)
    about = tmp_path / "mine" / "dataset_info.json"
    told = json.loads(about.read_text())
    told["features"]["label"]["names"] = ["ash tree", "oak tree"]
    about.write_text(json.dumps(told))
    after = datasets.load(name)
    assert after.test.images[:, 0, 0, 0].tolist() != before.test.images[:, 0, 0, 0].tolist()
    assert after.fingerprint == uncached(name, tmp_path).fingerprint


def test_what_is_cached_of_prepared_sets_stays_valid(data_dir, tmp_path):
    """The key of a cache that another release wrote: digests of the files, the split, and what was asked for."""
    source = Prepared(next(data_dir.rglob("dataset_info.json")).parent)
    label_cache.labels(source, "test")
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in source.files("test")]
    digest = hashlib.sha256(repr((digests, "test", source.format)).encode()).hexdigest()[:16]
    assert [path.name for path in files(tmp_path)] == [f"digits-test-1.0.0-{digest}.npy"]
