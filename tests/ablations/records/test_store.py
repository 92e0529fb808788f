"""The store: whole records or none, and answers that are read back bit for bit."""

import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from ablations.records.record import Record
from ablations.records.store import Store, text
from ablations.training.evaluation import judge
from inception_keras import UserError
from inception_keras.io.writing import write_atomically
from tests.support.bench import TINY
from tests.support.trials import record

SEEN = {"name": "digits", "version": "1", "note": "", "fingerprint": "f", "counts": {"test": 9}}
RECORD = record(TINY, "gap", 3, data=SEEN)


def test_a_record_and_its_bits_come_back(tmp_path):
    store = Store(tmp_path / "study")
    store.prepare()
    logits = np.random.default_rng(0).normal(size=(9, 10))  # 9: not a multiple of 8
    test = judge(logits, np.arange(9))
    store.write(RECORD, test)
    (read,) = store.load()
    assert {name: read[name] for name in RECORD} == RECORD
    assert read["schema"] == 2
    np.testing.assert_array_equal(store.correct(read), test.top1)
    np.testing.assert_array_equal(store.correct(read, "top5"), test.top5)
    np.testing.assert_array_equal(store.predictions(read), test.predictions)


def test_a_trial_has_one_record_whatever_its_variant_was_called(tmp_path):
    """One that was killed runs again, by now under another name; the other seed keeps its record."""
    store = Store(tmp_path)
    store.prepare()
    test = judge(np.eye(9), np.arange(9))
    store.write(Record({**RECORD, "status": "killed"}), test)
    store.write(record(TINY, "gap", 4, data=SEEN), test)
    store.write(Record({**RECORD, "variant": "another"}), test)
    assert [(one.variant, one.seed, one.status) for one in store.load()] == [("another", 3, "done"), ("gap", 4, "done")]
    assert len(list(store.records.glob("*.npz"))) == 2
    found = store.find(RECORD.seed, RECORD.address)
    assert found is not None and found.variant == "another"
    assert store.find(5, RECORD.address) is None


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
    assert [p.name for p in tmp_path.iterdir()] == ["file"], "no temporary file is left"


def test_a_record_of_a_newer_version_is_no_broken_one(tmp_path):
    store = Store(tmp_path)
    store.prepare()
    (tmp_path / "records" / "gap-seed0-abc.json").write_text('{"schema": 3}')
    with pytest.raises(UserError, match="was written by a newer version .*: update") as error:
        store.load()
    assert "doctor" not in str(error.value)


def test_a_record_that_is_a_pipe_is_not_opened(tmp_path):
    store = Store(tmp_path)
    store.prepare()
    os.mkfifo(tmp_path / "records" / "gap-seed0-abc.json")
    with pytest.raises(UserError, match="a pipe, not a regular file"):
        store.load()


@pytest.mark.parametrize("declared", [False, True], ids=["unpacks", "declares"])
def test_answers_of_many_times_their_size_are_not_unpacked(tmp_path, declared):
    store = Store(tmp_path)
    store.prepare()
    file = io.BytesIO()
    if declared:  # the header says more than there is
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": (10**12,)})
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("top1.npy", header.getvalue())
    else:
        np.savez_compressed(file, top1=np.zeros(10**7, np.uint8))
    changed = {**RECORD, "schema": 2, "answers": hashlib.sha256(file.getvalue()).hexdigest()}
    store.path(RECORD, "npz").write_bytes(file.getvalue())
    store.path(RECORD).write_text(text(changed))
    (read,) = store.load()
    with pytest.raises(UserError, match=r"it unpacks to 10,000,128|it declares 1,000,000,000,000 numbers"):
        store.correct(read)


@pytest.mark.parametrize("content", ["{", "[]", '{"schema": "2"}', '{"schema": 2}', "", "[" * 100_000])
def test_a_file_that_is_no_record_is_named(tmp_path, content):
    store = Store(tmp_path)
    store.prepare()
    (tmp_path / "records" / "gap-seed0-abc.json").write_text(content)
    with pytest.raises(UserError, match="gap-seed0-abc.json"):
        store.load()


def test_a_claim_where_nothing_can_be_written_is_refused_in_one_line(tmp_path):
    (tmp_path / "running").write_text("no folder")  # a read-only folder does not stop root in a container
    with pytest.raises(UserError, match="can't be written"):
        Store(tmp_path).claim("abc")


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


def test_every_flipped_byte_of_a_record_is_noticed(tmp_path):
    store = Store(tmp_path)
    store.prepare()
    store.write(RECORD, judge(np.eye(9), np.arange(9)))
    (path,) = store.records.glob("*.json")
    content = path.read_bytes()
    for place in range(0, len(content) - 1, 7):  # the last byte is the newline
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        if json.loads(content) == _or_none(path):
            continue  # only whitespace changed
        with pytest.raises(UserError, match="doctor"):
            store.load()


def _or_none(path):
    try:
        return json.loads(path.read_bytes())
    except ValueError:
        return None


def test_answers_that_were_changed_are_not_used(tmp_path):
    store = Store(tmp_path)
    store.prepare()
    store.write(RECORD, judge(np.eye(9), np.arange(9)))
    (path,) = store.records.glob("*.npz")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    (read,) = store.load()
    with pytest.raises(UserError, match="is not what its record was written with"):
        store.correct(read)


def test_a_trial_is_claimed_by_one(tmp_path):
    store = Store(tmp_path)
    store.prepare()
    claim = store.claim("abc")
    assert claim is not None
    assert Store(tmp_path).claim("abc") is None
    claim.release()
    assert Store(tmp_path).claim("abc") is not None


def test_a_full_disk_is_one_line(tmp_path):
    """A limit on the size of files simulates it: the system refuses the same write."""
    code = (
        "import resource, signal, sys; from pathlib import Path; import numpy as np;"
        "from ablations.training.evaluation import judge; from ablations.records.store import Store;"
        "from tests.support.trials import record; from tests.support.bench import TINY;"
        "from inception_keras import UserError;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100));"
        "store = Store(Path(sys.argv[1])); store.prepare();"
        "\ntry: store.write(record(TINY, 'gap', 3), judge(np.eye(9), np.arange(9)))"
        "\nexcept UserError as error: print(error)"
    )
    said = subprocess.check_output([sys.executable, "-c", code, str(tmp_path)], text=True)
    assert "can't be written (File too large)" in said
    assert list(tmp_path.rglob("*.json")) == list(tmp_path.rglob("*.tmp")) == []


def test_a_record_is_json(tmp_path):
    store = Store(tmp_path)
    store.prepare()
    with pytest.raises(ValueError, match="not JSON compliant"):
        store.write(Record({**RECORD, "metrics": {"test": {"loss": float("nan")}}}), None)
    assert store.load() == [], "nothing is left behind"
