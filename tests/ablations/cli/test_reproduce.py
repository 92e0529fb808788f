"""`reproduce` trains in its own folder and compares; `run` knows the results that the repository brings."""

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ablations import environment
from ablations.cli import run as command_run
from ablations.cli.app import app
from ablations.data import preparation, tfds_reader
from ablations.records.store import Store
from ablations.records.tuning import Choice, Point, save_choice, tuned
from ablations.study import Tuning
from inception_keras import UserError
from tests.support.trials import CLAIMED, FC, GAP, fill

STUDY = """
from dataclasses import replace
from pathlib import Path
from tests.support.trials import CLAIMED
STUDY = replace(CLAIMED, name="mine", dataset="digits")
"""
MINE = replace(CLAIMED, name="mine", dataset="digits")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a study file and its results."""
    (tmp_path / "mine.py").write_text(STUDY)
    fill(Store(tmp_path / "results" / "mine"), MINE, {"gap": GAP, "fc": FC})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    return tmp_path


def call(*arguments):
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


def test_reproduce_trains_in_its_own_folder_and_says_whether_the_results_agree(folder, monkeypatch):
    def trained(study, name, options, deadline):
        assert deadline is not None and study.seeds == 2
        fill(Store(options.out / study.name), study, {"gap": GAP[:2], "fc": FC[:2]})
        return [], 1

    monkeypatch.setattr(command_run, "run_one", trained)
    answer = call("reproduce", "mine.py", "--seeds", "2", "--budget", "5")
    assert answer.exit_code == 0, answer.output
    told = " ".join(answer.output.split())
    assert told.startswith("reading the committed results committed: 16 trials") and "of training on CPU" in told, (
        "the hours come first"
    )
    assert "1 of 4 trials are left; the same command goes on" in told
    assert "80.20 ± 0.20 (n = 8)" in told and "80.20 ± 0.28 (n = 2)" in told
    assert "Yours agree with the committed results: fc over gap is" in told
    assert (folder / "reproduced" / "mine" / "records").is_dir()
    assert max(map(len, answer.output.splitlines())) <= 80


def test_reproduce_refuses_what_can_not_be_compared(folder):
    with pytest.raises(UserError, match="results holds the committed results: set another --out"):
        call("reproduce", "mine.py", "--out", "results")
    (folder / "results").rename(folder / "gone")
    with pytest.raises(UserError, match="holds no records to compare with: type `python -m ablations run mine.py`"):
        call("reproduce", "mine.py")


def test_reproduce_trains_with_the_committed_choice_of_a_tuning(folder, monkeypatch):
    study = replace(MINE, tuning=Tuning({"learning_rate": (0.01, 0.05)}, epochs=1))
    text = f"{STUDY}from ablations.study import Tuning\nSTUDY = replace(STUDY, tuning={study.tuning!r})\n"
    (folder / "mine.py").write_text(text)
    with pytest.raises(UserError, match="no tuning of mine .*: type `python -m ablations tune mine.py --out new`"):
        call("reproduce", "mine.py", "--out", "new")
    points = [Point(arm.name, "learning_rate", 0.01, (50.0,), (), chosen=True) for arm in study.arms]
    committed = save_choice(study, folder / "results" / "mine", Choice("mine", "full", tuple(points), 1, "a CPU", None))
    fill(Store(folder / "results" / "mine"), tuned(study, folder / "results" / "mine"), {"gap": GAP, "fc": FC})

    def trained(study, name, options, deadline):
        assert [study.recipe_of(arm).learning_rate for arm in study.arms] == [0.01, 0.01]
        fill(Store(options.out / study.name), study, {"gap": GAP[:2], "fc": FC[:2]})
        return [], 0

    monkeypatch.setattr(command_run, "run_one", trained)
    answer = call("reproduce", "mine.py", "--seeds", "2", "--budget", "5", "--out", "new")
    assert answer.exit_code == 0 and "Yours agree with the committed results" in " ".join(answer.output.split())
    assert (folder / "new" / "mine" / "tuning" / committed.name).read_bytes() == committed.read_bytes()


def test_run_says_that_these_are_the_committed_results(folder, monkeypatch):
    before = sorted((folder / "results" / "mine").iterdir())
    monkeypatch.setattr(environment, "is_tracked", lambda folder: True)
    answer = call("run", "mine.py")
    told = " ".join(answer.output.split())
    assert answer.exit_code == 0 and "holds the committed results of all 16 trials; none is trained" in told
    assert "Found: fc better by 1.00 [" in told
    assert told.endswith("Train your own: `python -m ablations reproduce mine.py`")
    assert "not used" not in told
    answer = call("run", "mine.py", "--ray", "HEAD:6379", "--mlflow", "http://nowhere:5000", "--limit", "90")
    assert "none is trained; not used: --ray, --limit, --mlflow " in " ".join(answer.output.split())
    assert sorted((folder / "results" / "mine").iterdir()) == before, "and writes nothing"


def test_git_tells_which_results_are_committed(tmp_path):
    assert environment.is_tracked(Path(__file__).parent)
    assert not environment.is_tracked(tmp_path) and not environment.is_tracked(tmp_path / "missing")


def test_a_set_is_prepared_without_beam(tmp_path, monkeypatch):
    from ablations.data import digits  # noqa: F401  # TFDS then knows its builder

    preparation._prepare("digits", tmp_path)
    assert tfds_reader.find_prepared("digits", tmp_path).is_relative_to(tmp_path)


def test_a_set_that_can_not_be_prepared_is_one_line(tmp_path, monkeypatch):
    import tensorflow_datasets as tfds

    def fails(*arguments, **keywords):
        raise OSError("no network\nat all")

    told = []
    monkeypatch.setattr(tfds, "builder", fails)
    with pytest.raises(
        UserError, match="mnist can't be prepared in .*: no network at all; if it is prepared elsewhere"
    ):
        preparation.prepare_dataset("mnist", tmp_path, told.append)
    assert told == [f"mnist is not prepared in {tmp_path}: it is downloaded and prepared there, once"]
