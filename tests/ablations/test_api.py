"""The bench from Python: `from ablations import run, compare, report, load`."""

from dataclasses import replace

import numpy as np
import pytest

import ablations
from ablations import api
from ablations.records.store import Store
from ablations.study import Study
from inception_keras import UserError
from tests.support.bench import TINY
from tests.support.cli import run_python
from tests.support.paths import ROOT
from tests.support.trials import TEST_IMAGES, fill

RESULTS = ROOT / "results"


def test_importing_it_loads_nothing_heavy():
    done = run_python(
        "import sys\nfrom ablations import run, compare, load\n"
        "assert not {'keras', 'tensorflow', 'jax', 'pandas', 'numpy', 'scipy'} & set(sys.modules), 'heavy'"
    )
    assert done.returncode == 0, done.stderr


def test_report_is_called_and_a_package_at_once():
    import ablations.report.ledger

    assert callable(ablations.report)
    from ablations import report

    assert report.ledger is ablations.report.ledger
    with pytest.raises(AttributeError):
        _ = ablations.nothing


def test_load_gives_the_committed_tables():
    found = api.load("gap_vs_fc", out=RESULTS)
    assert set(found.trials["variant"]) == {"gap", "fc_1024"}
    assert found.comparisons["difference"].iloc[0] == -2.89125
    assert found.findings[0].evidence.found.n == 8
    assert found.broken_guards == []


def test_settings_and_seeds_are_those_of_the_command_line():
    found = api.load("quickstart", seeds=4, learning_rate=0.01)
    assert isinstance(found.study, Study)
    assert (found.study.seeds, found.study.recipe.learning_rate) == (4, 0.01)
    with pytest.raises(UserError, match="holds no records"):
        _ = api.load("quickstart", out="nowhere").trials
    with pytest.raises(UserError, match="give a Study"):
        api.load(5)


@pytest.mark.parametrize("function", [api.run, api.load])
def test_an_argument_that_is_no_setting_either_is_named_beside_both(function):
    name = function.__name__
    message = (
        f"unknown argument of {name} 'redced': did you mean 'reduced'. allowed are 'study', 'out', .*'seeds', 'epochs'"
    )
    with pytest.raises(UserError, match=message):
        function("quickstart", redced=True)
    with pytest.raises(UserError, match="unknown argument of run 'job': did you mean 'jobs'"):
        api.run("quickstart", job=2)


def test_a_study_file_may_be_a_path(tmp_path):
    (tmp_path / "mine.py").write_text("from tests.support.bench import TINY as STUDY\n")
    assert api.load(tmp_path / "mine.py").study == api.load(str(tmp_path / "mine.py")).study == TINY


OLD, NEW = [0.80, 0.81, 0.82, 0.80, 0.79, 0.81], [0.83, 0.84, 0.84, 0.83, 0.83, 0.85]


def test_numbers_in_memory_are_compared_by_seed_or_by_place():
    by_place = ablations.compare({"old": OLD, "new": np.array(NEW)})
    by_seed = ablations.compare({"old": dict(enumerate(OLD)), "new": dict(enumerate(NEW))})
    assert by_place.verdicts == by_seed.verdicts == {"new": "reproduced"}
    assert by_place.table["difference"].iloc[0] == by_seed.table["difference"].iloc[0] == pytest.approx(3.1666666667)
    assert "new: reproduced" in str(by_place)
    unpaired = ablations.compare({"old": OLD, "new": NEW}, paired=False)
    assert np.isnan(unpaired.table["correlation"].iloc[0])


def test_answers_in_memory_are_compared_over_examples():
    answers = np.random.default_rng(0).random((2, 300)) < [[0.5], [0.9]]
    found = ablations.compare({"old": answers[0], "new": answers[1]})
    assert found.table["over"].iloc[0] == "examples"
    assert found.verdicts == {"new": "reproduced"}


def test_answers_of_a_study_are_measured_in_any_way(tmp_path):
    study = replace(TINY, seeds=6)
    fill(Store(tmp_path / "tiny"), study, {"gap": [80.0 + n for n in range(6)], "fc": [82.0 + n for n in range(6)]})
    answers = api.load(study, out=tmp_path).answers
    assert list(answers.columns) == ["run", "seed", "example", "label", "prediction", "confidence"]
    assert len(answers) == 12 * TEST_IMAGES
    found = ablations.compare(answers)
    assert list(found.verdicts) == ["fc"], "the baseline comes first"
    assert found.table["difference"].iloc[0] == pytest.approx(2.0)
    balanced = ablations.compare(answers, baseline="gap", measure="balanced_accuracy")
    assert balanced.table["baseline_mean"].iloc[0] == 50.0, "all of one class right, none of the other"
    errors = ablations.compare(answers, baseline="gap", measure="calibration_error")
    assert errors.table["difference"].iloc[0] == pytest.approx(-2.0), "each is sure of all"
    with pytest.raises(UserError, match="holds no answers with labels of gap_vs_fc"):
        _ = api.load("gap_vs_fc", out=RESULTS).answers


@pytest.mark.parametrize(
    "results", [(), (5,), ({"a": "x", "b": "y"},), ({"a": [1, 2], "b": {0: 1}},), ({},), ({"a": [[[1.0]]], "b": [1]},)]
)
def test_what_is_no_result_is_refused(results):
    with pytest.raises(UserError):
        ablations.compare(*results)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"effect": "1"}, "effect must be a number from 0 to 1000000; got '1'"),
        ({"margin": "1"}, "margin must be a number"),
        ({"arms": "old"}, "got 'old' alone: write ('old',), with the comma"),
        ({"where": "epoch=9"}, "got 'epoch=9' alone: write ('epoch=9',), with the comma"),
        ({"seed": 3}, "seed must be the name of a column; got 3"),
        ({"measure": 3}, "measure must be the name of a measure, such as 'macro_f1'; got 3"),
        ({"paired": "no"}, "paired must be True or False"),
        ({"less_is_better": "no"}, "less_is_better must be True, False or None; got 'no'"),
    ],
)
def test_an_argument_of_another_kind_gets_one_line(asked, words):
    with pytest.raises(UserError) as error:
        ablations.compare({"old": OLD, "new": NEW}, **asked)
    assert words in str(error.value) and "\n" not in str(error.value)


def test_an_argument_that_is_none_is_named():
    with pytest.raises(UserError, match="unknown argument of compare 'seeds': did you mean 'seed'"):
        ablations.compare({"old": OLD, "new": NEW}, seeds="seed")


@pytest.mark.parametrize("jobs", [-1, "2", 1.5, True])
def test_jobs_are_a_whole_number(jobs):
    with pytest.raises(UserError, match="jobs is how many trials run in parallel"):
        ablations.run("quickstart", jobs=jobs)


def test_a_folder_that_is_none_and_a_report_of_a_path_get_one_line():
    with pytest.raises(UserError, match="out is the folder of all results, a text or a Path; got None"):
        ablations.load("quickstart", out=None)
    with pytest.raises(
        UserError, match=r"report takes what `load` and `run` return, such as report\(load\('mine.py'\)"
    ):
        ablations.report("mine.py")


def test_the_page_is_written(tmp_path):
    page = ablations.compare({"old": OLD, "new": NEW}, effect=3).report(tmp_path)
    assert "new is better than old by 3 points" in page.read_text()
