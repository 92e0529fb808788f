"""Rows that sum up the runs of a table are no runs: means and spreads were counted as seeds, and judged."""

import pytest

from ablations.foreign.arms import frame_arms, read_arms
from ablations.foreign.asked import Asked
from inception_keras import UserError
from tests.support.foreign_files import scores, write

RUNS = {"0": 50.0, "1": 75.0}


@pytest.mark.parametrize("column", ["seed", "fold", "run", '""', "Unnamed: 0", "random_state"])
@pytest.mark.parametrize("names", [("mean", "std"), ("Best",), ("Avg.", "standard error"), ("mean ± sd",)])
def test_summaries_below_a_table_are_left_out_and_named(tmp_path, column, names):
    rows = "".join(f"{name},0.6\n" for name in names)
    found = read_arms([write(tmp_path, "a.csv", f"{column},accuracy\n0,0.5\n1,0.75\n{rows}")])
    assert list(scores(found)["a"].values()) == list(RUNS.values())
    where = "first column" if column == '""' else column
    assert f"a.csv: rows that sum up runs are left out ({where}: {', '.join(names)})" in found.notes


def test_summaries_in_wide_and_long_tables_are_left_out(tmp_path):
    wide = write(tmp_path, "w.csv", "seed,a,b\n0,0.5,0.25\n1,0.75,0.5\nmean,0.6 ± 0.1,0.4 ± 0.1\n")
    assert scores(read_arms([wide])) == {"a": RUNS, "b": {"0": 25.0, "1": 50.0}}
    long = write(tmp_path, "l.csv", "run,s,accuracy\na,0,0.5\na,1,0.75\na,mean,0.6\nb,0,0.5\nb,1,0.75\nb,mean,0.6\n")
    assert scores(read_arms([long], Asked(seed="s"))) == {"a": RUNS, "b": RUNS}


def test_a_data_frame_with_its_mean_as_last_row_has_runs_alone():
    import pandas as pd

    frame = pd.DataFrame({"a": [0.5, 0.75], "b": [0.25, 0.5]}, index=pd.Index([0, 1], name="seed"))
    frame.loc["mean"] = frame.mean()
    assert scores(frame_arms(frame)) == {"a": RUNS, "b": {"0": 25.0, "1": 50.0}}


def test_a_table_of_summaries_alone_is_refused(tmp_path):
    """As pandas writes `frame.describe()`."""
    names = ("count", "mean", "std", "min", "max")
    path = write(tmp_path, "a.csv", ",a,b\n" + "".join(f"{name},0.5,0.25\n" for name in names))
    with pytest.raises(UserError, match="a.csv has summaries alone .*count, mean, .*give the scores of single runs"):
        read_arms([path])


def test_names_of_arms_and_texts_beside_texts_are_no_summaries(tmp_path):
    arms = read_arms([write(tmp_path, "a.csv", "model,seed,accuracy\nmean,0,0.5\nmax,0,0.25\n")])
    assert list(scores(arms)) == ["mean", "max"]
    seeds = read_arms([write(tmp_path, "a.csv", "seed,accuracy\nfirst,0.5\nbest,0.25\n")])
    assert list(scores(seeds)["a"]) == ["best", "first"]
