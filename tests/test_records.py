"""The store: whole records or none, and bits that come back."""

import json

import numpy as np
import pytest

from ablations.evaluation import judge
from ablations.records import Store, write_atomically
from inception_keras import UserError

RECORD = {"variant": "gap", "seed": 3, "address": "abc", "data": {"counts": {"test": 9}}}


def test_a_record_and_its_bits_come_back(tmp_path):
    store = Store(tmp_path / "study")
    store.prepare()
    logits = np.random.default_rng(0).normal(size=(9, 10))  # 9: not a multiple of 8
    test = judge(logits, np.arange(9))
    store.write(RECORD, test)
    assert store.load() == [{"schema": 1, **RECORD}]
    np.testing.assert_array_equal(store.correct(RECORD), test.top1)
    np.testing.assert_array_equal(store.correct(RECORD, "top5"), test.top5)
    np.testing.assert_array_equal(store.predictions(RECORD), test.predictions)


def test_the_same_results_make_the_same_bytes(tmp_path):
    test = judge(np.eye(10), np.arange(10))
    for name in ("a", "b"):
        store = Store(tmp_path / name)
        store.prepare()
        store.write(RECORD, test)
    for file in (tmp_path / "a" / "records").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / "records" / file.name).read_bytes()


def test_a_write_that_fails_leaves_the_old_content(tmp_path):
    path = tmp_path / "file"
    write_atomically(path, b"old")
    with pytest.raises(TypeError):
        write_atomically(path, "text is not bytes")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"], "no temporary file stays"


@pytest.mark.parametrize("content", ["{", "[]", '{"schema": 99}', ""])
def test_a_file_that_is_no_record_is_named(tmp_path, content):
    store = Store(tmp_path)
    store.prepare()
    (tmp_path / "records" / "gap-seed0-abc.json").write_text(content)
    with pytest.raises(UserError, match="gap-seed0-abc.json"):
        store.load()


def test_a_folder_that_can_not_be_written_is_said_before_the_training(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="can't be written .* set --out"):
        Store(tmp_path / "file" / "study").prepare()


def test_an_empty_store_has_no_records(tmp_path):
    assert Store(tmp_path / "nothing").load() == []


def test_records_are_json_without_surprises(tmp_path):
    store = Store(tmp_path)
    store.prepare()
    store.write(RECORD, None)
    (path,) = (tmp_path / "records").glob("*.json")
    assert json.loads(path.read_text())["seed"] == 3
