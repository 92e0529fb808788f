"""Files are written whole or not at all, and pairs of files never mixed, whenever the process dies."""

import os
import subprocess
import sys

import pytest

from inception_keras import UserError
from inception_keras.io import writing


def pair(folder):
    return {path.name: path.read_text() for path in folder.iterdir() if not path.is_dir()}


def test_no_moment_shows_a_mixed_pair(tmp_path, monkeypatch):
    """Looks after every rename, which is what a reader and a kill see."""
    targets = tmp_path / "weights", tmp_path / "manifest"
    for path in targets:
        path.write_text("old")
    seen, replace = [], os.replace

    def watched(*paths):
        replace(*paths)
        seen.append(pair(tmp_path))

    monkeypatch.setattr(writing.os, "replace", watched)
    with writing.workshop(targets[0]) as folder:
        for path in targets:
            (folder / path.name).write_text("new")
        writing.replace_together(folder, targets)
    assert seen == [{"weights": "old"}, {"weights": "new"}, {"weights": "new", "manifest": "new"}]
    assert list(tmp_path.glob(".*")) == []


def test_a_first_rename_that_fails_leaves_the_old_pair(tmp_path):
    targets = tmp_path / "weights", tmp_path / "manifest"
    for path in targets:
        path.write_text("old")
    with (
        pytest.raises(UserError, match="cannot be written"),
        writing.written_or_refused(targets[0]),
        writing.workshop(targets[0]) as folder,
    ):
        writing.replace_together(folder, targets)  # nothing was written
    assert pair(tmp_path) == {"weights": "old", "manifest": "old"} and list(tmp_path.glob(".*")) == []


def left_and_living(target, dies):
    """What a process leaves that is killed as it writes `target`, and the name that a living one would use."""
    code = "import os, signal, sys; from pathlib import Path; from inception_keras.io import writing\n" + dies
    subprocess.run([sys.executable, "-c", code, str(target)])
    (left,) = target.parent.iterdir()
    return left, left.with_name(left.name.replace(left.suffixes[-2], f".{os.getppid()}"))


def test_what_a_killed_process_left_is_removed_and_that_of_a_living_one_stays(tmp_path):
    target = tmp_path / "net.weights.h5"
    dies = "with writing.workshop(Path(sys.argv[1])) as folder: os.kill(os.getpid(), signal.SIGKILL)"
    left, living = left_and_living(target, dies)
    living.mkdir()
    with writing.workshop(target):
        assert not left.exists()
    assert list(tmp_path.iterdir()) == [living]


def test_what_a_killed_process_left_of_a_file_is_removed_and_that_of_a_living_one_stays(tmp_path):
    target = tmp_path / "a [1].json"
    dies = (
        "writing.os.replace = lambda *paths: os.kill(os.getpid(), signal.SIGKILL)\n"
        "writing.write_atomically(Path(sys.argv[1]), b'half')"
    )
    _, living = left_and_living(target, dies)
    living.write_bytes(b"")
    writing.write_atomically(target, b"whole")
    assert sorted(tmp_path.iterdir()) == sorted([living, target])
    assert target.read_bytes() == b"whole"


@pytest.mark.parametrize(("number", "runs"), [("own", True), ("1", True), ("999999999", False), ("x", True)])
def test_whether_a_process_runs(number, runs):
    number = str(os.getpid()) if number == "own" else number  # every worker of a run collects the same names
    assert writing.process_runs(number) == runs
