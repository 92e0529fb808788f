"""Decoded images are cached between runs, and never used for other data."""

import hashlib
import io
import shutil

import numpy as np
import pytest

from ablations.data import cache, datasets, digits, label_cache, splits
from ablations.data.tfds_reader import Prepared


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
