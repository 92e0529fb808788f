"""Decoded images are cached between runs, and never used for other data."""

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


def test_other_content_under_the_same_name_and_size_is_other_data(data_dir):
    """Files that are not too large are identified by their content."""
    source = Prepared(next(data_dir.rglob("dataset_info.json")).parent)
    assert cache.kept(source, "train", "sums", 0, lambda: np.ones(3)).sum() == 3
    (file,) = source.files("train")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    assert cache.kept(source, "train", "sums", 0, lambda: np.zeros(3)).sum() == 0


def test_a_cache_that_can_not_be_written_is_no_reason_to_stop(data_dir, tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert len(datasets.load("digits", data_dir=data_dir, image_size=16).test) == 360
    assert "the images can't be cached in" in capsys.readouterr().err
