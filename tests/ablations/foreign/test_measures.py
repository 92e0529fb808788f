"""Measures of labels and predictions beside accuracy."""

import pytest

from ablations.foreign.arms import read_arms
from ablations.foreign.asked import Asked
from inception_keras import UserError


@pytest.fixture
def path(tmp_path):
    rows = [("cat", "cat")] * 8 + [("dog", "cat"), ("dog", "dog")]
    lines = [f"old,{seed},{n},{label},{guess}" for seed in (0, 1) for n, (label, guess) in enumerate(rows)]
    path = tmp_path / "answers.csv"
    path.write_text("run,seed,example,label,prediction\n" + "\n".join(lines))
    return path


def test_a_score_per_run(path):
    (arm,) = read_arms([path], Asked(measure="balanced_accuracy")).arms
    assert (arm.scores, arm.answers) == ({"0": 75.0, "1": 75.0}, {})
    (arm,) = read_arms([path], Asked(measure="macro_f1")).arms
    assert arm.scores["0"] == pytest.approx(100 * (16 / 17 + 2 / 3) / 2)


def test_the_calibration_error_takes_a_column_of_confidence(tmp_path, path):
    rows = [("cat", "cat", 0.9), ("cat", "dog", 0.5), ("dog", "dog", 0.5)]
    sure = tmp_path / "sure.csv"
    sure.write_text("label,prediction,confidence\n" + "".join(f"{a},{b},{c}\n" for a, b, c in rows))
    found = read_arms([sure], Asked(measure="calibration_error"))
    assert (found.unit, found.less_is_better) == ("points", True)
    assert list(found.arms[0].scores.values()) == [pytest.approx(100 * (0.1 + 0) / 3)]
    sure.write_text(sure.read_text().replace(",", ";").replace(".", ","))
    commas = read_arms([sure], Asked(measure="calibration_error"))
    assert commas.arms[0].scores == found.arms[0].scores
    assert "sure.csv: a comma in a number is its decimal sign, as in 0,9" in commas.notes
    with pytest.raises(UserError, match="needs a column of confidence in answers.csv"):
        read_arms([path], Asked(measure="calibration_error"))
    sure.write_text("label,prediction,confidence\ncat,cat,1.5\n")
    with pytest.raises(UserError, match="line 2, confidence: a confidence is a probability, from 0 to 1"):
        read_arms([sure], Asked(measure="calibration_error"))


def test_the_answers_of_one_class(path):
    (arm,) = read_arms([path], Asked(measure="class:dog")).arms
    assert arm.answers["0"] == {"8": 0.0, "9": 1.0}
    with pytest.raises(UserError, match="unknown class of answers.csv 'dgo'.*did you mean 'dog'"):
        read_arms([path], Asked(measure="class:dgo"))


def test_a_function_of_ones_own(path, tmp_path, monkeypatch):
    (tmp_path / "my_measures.py").write_text(
        "def share_of_cats(labels, predictions):\n    return predictions.count('cat') / len(labels)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    found = read_arms([path], Asked(measure="my_measures:share_of_cats"))
    assert (found.unit, found.arms[0].scores["0"]) == ("units", 0.9)
    refused = {"my_measures:no": "unknown function of my_measures 'no'", "builtins:len": "whose source can't be told"}
    for name, message in refused.items():
        with pytest.raises(UserError, match=message):
            read_arms([path], Asked(measure=name))


def test_the_module_of_a_function_says_nothing_of_its_unit(path, tmp_path, monkeypatch):
    """`score` is the name of an accuracy where it is that of a column."""
    (tmp_path / "score.py").write_text("def kappa(labels, predictions):\n    return 0.8125\n")
    monkeypatch.syspath_prepend(tmp_path)
    found = read_arms([path], Asked(measure="score:kappa"))
    assert (found.unit, found.arms[0].scores["0"]) == ("units", 0.8125)
    assert "score:kappa is no accuracy: differences are in its own unit" in found.notes


def test_names_and_columns_that_are_missing_are_refused(tmp_path, path):
    with pytest.raises(UserError, match="unknown measure 'macro-f1'.*did you mean 'macro_f1'"):
        Asked(measure="macro-f1")
    other = tmp_path / "scores.csv"
    other.write_text("seed,accuracy\n0,0.5\n")
    with pytest.raises(UserError, match="needs columns of label and prediction"):
        read_arms([other], Asked(measure="macro_f1"))


def test_every_measure_sees_classes_as_accuracy_does(tmp_path, monkeypatch):
    rows = ["2,2.0,0.9", "2,2.0,0.9", "3.0,3,0.9", "3.0,,0.9", ",,0.9", ",2,0.9"]
    path = tmp_path / "a.csv"
    path.write_text("label,prediction,confidence\n" + "\n".join(rows))
    (tmp_path / "seen.py").write_text(
        "def seen(labels, predictions):\n"
        "    assert (labels, predictions) == (['2', '2', '3', '3'], ['2', '2', '3', ''])\n    return 1\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    expected = {
        "balanced_accuracy": 75.0,
        "macro_f1": 100 * (1 + 2 / 3) / 2,
        "calibration_error": 15.0,
        "class:3": 50.0,
        "class:3.0": 50.0,
        "seen:seen": 1.0,
    }
    for measure, score in expected.items():
        found = read_arms([path], Asked(measure=measure))
        assert list(found.arms[0].scores.values()) == [pytest.approx(score)], measure
        assert "2 rows of a.csv without a label left out" in found.notes
    for name in ("", "nan", "4"):
        with pytest.raises(UserError, match="unknown class of a.csv"):
            read_arms([path], Asked(measure=f"class:{name}"))
