"""Runs that did not finish have no scores, in whose words ever; which arms lack them is told."""

import pytest

from ablations.evidence.foreign import judge
from ablations.foreign.arms import read_arms
from ablations.foreign.asked import Asked
from inception_keras import UserError
from tests.support.foreign_files import scores, write


def table(folder, rows, header="model,seed,accuracy,status"):
    return write(folder, "a.csv", "\n".join([header, *rows]))


def two_arms(done, lost, seeds=4):
    """Rows of two arms; run 2 of `wide` has the status `lost`."""
    return [
        f"{arm},{seed},{'0.1' if (arm, seed) == ('wide', 2) else f'0.{seed + 5}'},"
        f"{lost if (arm, seed) == ('wide', 2) else done}"
        for arm in ("base", "wide")
        for seed in range(seeds)
    ]


@pytest.mark.parametrize(
    ("done", "lost"),
    [
        ("ok", "failed"),
        ("COMPLETE", "PRUNED"),
        ("TrialState.COMPLETE", "TrialState.FAIL"),
        ("TERMINATED", "ERROR"),
        ("COMPLETED", "OUT_OF_MEMORY"),
        ("passed", "diverged"),
        ("Succeeded", "Killed"),
        ("finished", "early exit"),
        ("valid", "failed"),
    ],
)
def test_words_of_other_programs_say_which_runs_finished(tmp_path, done, lost):
    """Words that were not known switched the filter off, and failed runs counted."""
    found = read_arms([table(tmp_path, two_arms(done, lost))])
    assert list(scores(found)["wide"]) == ["0", "1", "3"]
    (note,) = [one for one in found.notes if "did not finish" in one]
    assert note.startswith("1 run of wide did not finish (status: ")
    assert note.endswith("and is left out: if it diverged, the comparison favours wide")


def test_words_of_which_none_is_known_are_told(tmp_path):
    path = table(tmp_path, two_arms("gut", "schlecht"))
    said = (
        "a.csv: nothing known is said of whether runs finished (status: gut, schlecht), so all of them count: to keep "
        "some, type --where status=gut"
    )
    assert said in read_arms([path]).notes
    assert list(scores(read_arms([path], Asked(where=("status=gut",))))["wide"]) == ["0", "1", "3"]
    assert not any("known" in note for note in read_arms([table(tmp_path, two_arms("gut", "gut"))]).notes)


@pytest.mark.parametrize("lost", ["base", "wide"])
def test_an_arm_none_of_whose_runs_finished_does_not_vanish(tmp_path, lost):
    rows = [
        f"{arm},{seed},0.{seed + 5},{'failed' if arm == lost else 'ok'}"
        for arm in ("base", "wide", "slim")
        for seed in range(2)
    ]
    found = read_arms([table(tmp_path, rows)])
    assert (found.empty, found.baseline) == ((lost,), "base")
    assert f"{lost} has no scores, so it is not compared" in found.notes
    if lost == "base":
        with pytest.raises(UserError, match="the first arm, base, has no scores"):
            judge(found)


def test_a_run_that_was_repeated_with_its_seed_is_not_missing(tmp_path):
    found = read_arms([table(tmp_path, [*two_arms("ok", "crashed"), "wide,2,0.75,ok"])])
    assert scores(found)["wide"]["2"] == 75.0
    assert not any("favours" in note for note in found.notes)
    said = "a.csv: rows that did not finish (status: crashed) are left out where another has the same seed (1)"
    assert said in found.notes


def test_runs_named_after_their_seeds_are_repeated_and_missing_too(tmp_path):
    rows = [
        "base-seed0,0.5,ok",
        "base-seed1,0.6,ok",
        "wide-seed0,0.1,failed",
        "wide-seed0,0.7,ok",
        "wide-seed1,0.1,failed",
    ]
    found = read_arms([table(tmp_path, ["debug,0.2,failed", *rows, "slim-seed0,0.1,failed"], "Name,acc,State")])
    assert scores(found) == {"base": {"0": 50.0, "1": 60.0}, "wide": {"0": 70.0}}
    assert (found.empty, found.baseline) == (("slim",), "base")
    assert any(note.startswith("1 run of wide did not finish (State: failed)") for note in found.notes)
    assert "a.csv: runs that did not finish, of other names, are left out (debug)" in found.notes


def test_without_seeds_runs_are_missing_by_arm_and_in_columns_by_row(tmp_path):
    found = read_arms([table(tmp_path, ["a,0.5,ok", "a,0.6,ok", "b,0.5,ok", "b,0.1,failed"], "Group,acc,State")])
    assert any(note.startswith("1 run of b did not finish") and "favours b" in note for note in found.notes)
    wide = read_arms([table(tmp_path, ["0,0.5,0.6,ok", "1,0.1,0.2,failed"], "seed,old,new,status")])
    assert "1 run of a.csv did not finish (status: failed) and is left out" in wide.notes
    (file,) = read_arms([table(tmp_path, ["0,0.5,ok", "1,0.1,failed"], "seed,acc,status")]).arms
    assert file.scores == {"0": 50.0}


def test_answers_that_failed_are_counted_as_answers(tmp_path):
    rows = [
        f"{run},{place},{place % 2},{'error' if run + str(place) == 'b3' else 'ok'}"
        for run in "ab"
        for place in range(4)
    ]
    found = read_arms([table(tmp_path, rows, "model,example,correct,status")])
    assert any(note.startswith("1 answer of b did not finish (status: error)") for note in found.notes)


def test_a_file_in_which_no_run_finished_is_refused(tmp_path):
    with pytest.raises(UserError, match="a.csv: no run finished .status: failed, running.: give runs that did"):
        read_arms([table(tmp_path, ["a,0,0.5,running", "b,0,0.6,failed"])])
