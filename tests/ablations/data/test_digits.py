"""The embedded data set: its content, and how it is prepared on disk."""

import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow_datasets as tfds
from sklearn.datasets import load_digits

from ablations.data import digits
from inception_keras.errors import UserError
from tests.support.paths import ROOT


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return digits.prepare(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def examples(directory):
    """All examples by split, decoded by TFDS and not by the bench."""
    builder = tfds.builder_from_directory(directory)
    return {split: list(builder.as_data_source(split=split)) for split in ("train", "test")}


def test_counts(examples):
    assert {split: len(found) for split, found in examples.items()} == {"train": 1437, "test": 360}
    rows = sorted(example["index"] for found in examples.values() for example in found)
    assert rows == list(range(1797)), "every row of load_digits is in exactly one split, once"


def test_each_class_gives_a_fifth_to_the_test_split(examples):
    of_class = np.bincount(load_digits().target)
    in_test = np.bincount([example["label"] for example in examples["test"]], minlength=10)
    assert (np.abs(in_test - of_class / 5) < 1).all(), "a stride over the sorted classes is off by less than one"


def test_pixels_and_labels_are_those_of_scikit_learn(examples):
    source = load_digits()
    for example in examples["train"] + examples["test"]:
        image, row = example["image"], example["index"]
        assert image.shape == (8, 8, 1) and image.dtype == np.uint8
        assert example["label"] == source.target[row]
        # 17 levels on 0..255 are 15.9 apart, so rounding back recovers the level exactly.
        np.testing.assert_array_equal(np.round(image[..., 0] * (16 / 255)), source.images[row])
    extremes = np.stack([example["image"] for example in examples["train"]])
    assert (extremes.min(), extremes.max()) == (0, 255), "the grey levels span the whole range"


def test_leaves_nothing_else_behind(directory):
    data_dir = directory.parent.parent
    assert directory == data_dir / "digits" / "1.0.0"
    assert sorted(os.listdir(data_dir)) == ["digits"], "no temporary directory, no downloads"
    assert str(data_dir) not in (directory / "dataset_info.json").read_text(), "the set can be moved"


def test_a_prepared_set_is_not_prepared_again(directory, monkeypatch):
    monkeypatch.setattr(digits, "_prepare_in", lambda root: pytest.fail("prepared twice"))
    assert digits.prepare(directory.parent.parent) == directory


def test_a_prepared_set_is_the_one_that_is_meant(directory, tmp_path, monkeypatch):
    assert digits.content(directory) == digits.CONTENT

    real = digits.Digits._generate_examples

    def forge(self, rows):
        for row, example in real(self, rows):
            yield row, {**example, "label": 9 - example["label"]}

    with monkeypatch.context() as patch:
        patch.setattr(digits.Digits, "_generate_examples", forge)
        digits._prepare_in(tmp_path)
    with pytest.raises(UserError, match=r"digits/1.0.0 holds other images or labels.*remove this folder"):
        digits.prepare(tmp_path)


def test_two_processes_prepare_at_once_and_leak_no_semaphore(tmp_path):
    """In processes that were spawned, as workers are: when one is killed, Python's tracker would warn of each."""
    code = f"""
import multiprocessing, os
from multiprocessing import resource_tracker
multiprocessing.set_start_method("spawn")
resource_tracker.register = lambda name, kind: os.write(1, kind.encode())  # past what TFDS's output is sent to
from pathlib import Path
from ablations.data import digits
print(digits.prepare(Path({str(tmp_path)!r})))
"""
    processes = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    answers = [process.communicate(timeout=120)[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert answers == [[str(tmp_path / "digits" / "1.0.0")]] * 2, "both use the same set, and TFDS prints nothing"
    assert sorted(os.listdir(tmp_path)) == ["digits"], "the second process removed its own copy"
    assert len(tfds.builder_from_directory(tmp_path / "digits" / "1.0.0").as_data_source(split="train")) == 1437


def test_the_second_to_finish_uses_the_first_set(tmp_path):
    first = digits._prepare_in(tmp_path)
    before = (first / "dataset_info.json").stat().st_mtime_ns
    assert digits._prepare_in(tmp_path) == first, "a whole set has that name already: no error"
    assert (first / "dataset_info.json").stat().st_mtime_ns == before, (
        "a set that others may be reading is not replaced"
    )


def test_falls_back_to_the_cache_and_says_when_nothing_can_be_written(tmp_path, monkeypatch):
    # A file where a directory is needed can't be written into even by root, whom permissions don't stop.
    blocked = tmp_path / "file"
    blocked.write_text("")
    with monkeypatch.context() as patch:
        patch.setattr(digits.tempfile, "gettempdir", lambda: str(blocked))
        patch.setenv("XDG_CACHE_HOME", str(blocked))
        with pytest.raises(UserError, match=f"can be written to.*{blocked}"):
            digits.prepare(blocked / "data")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    found = digits.prepare(blocked / "data")
    assert found == tmp_path / "cache" / "inception_keras" / "digits" / "1.0.0"
