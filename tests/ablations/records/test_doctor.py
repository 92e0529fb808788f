"""Damage to stored results by a crash, a bad disk or a person, and what `doctor` does about it."""

import json
import os

import pytest

from ablations.records import doctor
from ablations.records.store import Store, checksum
from inception_keras import UserError
from inception_keras.io import regular_files
from tests.support.bench import TINY
from tests.support.trials import fill


@pytest.fixture
def store(tmp_path):
    return fill(Store(tmp_path / "tiny"), TINY, {"gap": [80.0, 81.0], "fc": [79.0, 80.5]})


def examine(store, repair=False):
    return doctor.examine(store.folder.parent, None, repair=repair)


def path_of(store, variant="fc", seed=1, suffix="json"):
    (path,) = store.records.glob(f"{variant}-seed{seed}-*.{suffix}")
    return path


def change(store, **changes):
    """Changes a record and its checksum, as if a program had written it so."""
    path = path_of(store)
    content = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({**content, "checksum": checksum(content)}))


def lead_nowhere(path):
    path.unlink()
    path.symlink_to("gone")


def metrics(**changes):
    return {"test": {"top1": 0.805, "top5": 1.0, "loss": 1.0, **changes}}


def test_a_record_of_a_newer_version_stays(store):
    path_of(store).write_text('{"schema": 3}')
    (finding,) = examine(store, repair=True)
    assert "was written by a newer version" in finding.problem and "update" in finding.remedy and not finding.again
    assert path_of(store).read_text() == '{"schema": 3}'


def test_nothing_is_found_in_whole_results(store):
    assert examine(store) == examine(store, repair=True) == []


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda s: path_of(s).write_bytes(path_of(s).read_bytes().replace(b"fc", b"fd", 1)), "checksum does not match"),
        (lambda s: path_of(s).write_bytes(path_of(s).read_bytes()[:99]), "not a record"),
        (lambda s: path_of(s).write_bytes(b""), "not a record"),
        (lambda s: lead_nowhere(path_of(s)), "there is no file"),
        (lambda s: path_of(s, suffix="npz").write_bytes(b"PK"), "checksum does not match"),
        (lambda s: path_of(s, suffix="npz").unlink(), "is missing beside it"),
        (lambda s: change(s, seed=2), "its content belongs in fc-seed2"),
        (lambda s: change(s, configuration={}), "it lacks configuration.recipe"),
        (lambda s: change(s, hardware={}), "it lacks hardware.backend"),
        (lambda s: change(s, times={}), "it lacks times.total"),
        (lambda s: change(s, metrics={}), "it lacks metrics.test"),
        (lambda s: change(s, metrics=metrics(top1="0.8")), "metrics.test.top1 is '0.8': expected a number"),
        (lambda s: change(s, metrics=metrics(top1=1e308)), "metrics.test.top1 is 1e+308"),
        (lambda s: change(s, metrics=metrics(loss=float("nan"))), "metrics.test.loss is nan"),
        (lambda s: change(s, metrics=metrics(top1=0.804)), "its test top1 is 80.4000%, but 80.5000% of its answers"),
        (lambda s: change(s, address="0" * 12), "its content belongs in"),
        (lambda s: path_of(s).write_text("[" * 100_000), "nested too deep"),
    ],
)
def test_a_broken_record_is_set_aside_and_runs_again(store, damage, problem):
    before = {record["address"] for record in store.load()}
    damage(store)
    (finding,) = examine(store)
    assert problem in finding.problem
    assert finding.again
    assert len(list(store.records.glob("*.json"))) == 4, "nothing is touched without --repair"
    assert examine(store, repair=True) == [finding]
    assert examine(store) == []
    assert len(store.load()) == 3 < len(before)
    assert {path.name.split("-")[0] for path in (store.folder / "quarantine").iterdir()} == {"fc"}


def test_what_was_set_aside_before_stays(store):
    for _ in range(2):
        content = path_of(store).read_bytes()
        path_of(store).write_bytes(content[:50])
        examine(store, repair=True)
        fill(store, TINY, {"fc": [79.0, 80.5]})
    assert len(list((store.folder / "quarantine").glob("*.json*"))) == 2


def test_records_of_schema_1_are_brought_up(store):
    whole = store.load()
    for path in store.records.glob("*.json"):
        old = json.loads(path.read_text())
        for name in ("checksum", "answers", "attempts"):
            old.pop(name, None)
        path.write_text(json.dumps({**old, "schema": 1}))
    with pytest.raises(UserError, match="not a record of schema 2.*doctor"):
        store.load()
    findings = examine(store, repair=True)
    assert [finding.again for finding in findings] == [False] * 4
    for record, before in zip(store.load(), whole, strict=True):
        assert record == {**before, "attempts": 1}
    store.correct(record)


def test_what_a_killed_process_left_half_written_is_deleted(store):
    dead = store.records / ".fc-seed1-abc.json.999999999.tmp"
    dead.write_text("{")
    lonely = store.records / "fc-seed7-abc.npz"
    lonely.write_bytes(b"")
    checkpoints = store.running / store.load()[0]["address"]
    checkpoints.mkdir()
    assert len(examine(store, repair=True)) == 3
    assert not dead.exists() and not lonely.exists() and not checkpoints.exists()
    assert examine(store) == []


def test_checkpoints_of_a_trial_without_a_result_stay(store):
    (store.running / "0123456789ab").mkdir()
    assert examine(store, repair=True) == []
    assert (store.running / "0123456789ab").is_dir()


def test_a_file_that_may_not_be_read_is_not_set_aside(store, monkeypatch):
    """Its trial would run again, although its record may be whole."""
    for path in (path_of(store), path_of(store, suffix="npz")):

        def refuse(name, flags, path=path, opened=os.open):
            if name == path:
                raise PermissionError(13, "Permission denied")
            return opened(name, flags)

        with monkeypatch.context() as patch:
            patch.setattr(regular_files.os, "open", refuse)
            with pytest.raises(UserError, match=f"{path.name} cannot be read: Permission denied"):
                examine(store, repair=True)
        assert path.exists()


def test_a_lock_that_records_name_and_that_is_gone(store):
    change(store, lock="0123456789ab")
    (finding,) = examine(store, repair=True)
    assert finding.path == store.folder / "locks" / "0123456789ab.json"
    assert (finding.problem, finding.again) == ("missing, and 1 record ran under it", False)


def test_a_changed_lock_is_for_a_person(store):
    (store.folder / "locks").mkdir()
    (store.folder / "locks" / "abc.json").write_text("{}")
    (finding,) = examine(store, repair=True)
    assert "by hand" in finding.remedy
    assert examine(store) == [finding]


def test_a_name_that_is_no_study_of_the_folder(store):
    with pytest.raises(UserError, match="did you mean 'tiny'"):
        doctor.examine(store.folder.parent, ["tinny"], repair=False)
