"""Contestants take turns, and what fails costs no other."""

import time
from dataclasses import replace

import pandas as pd
import pytest

from benchmarks import clock, side_by_side, whole
from benchmarks.cases import PARTS
from benchmarks.process import Failed
from inception_keras.errors import UserError
from tests.support.benchmarks import FAKES, ORIGIN, TINY, rendered


def test_rounds_alternate_and_failures_cost_no_other(tmp_path):
    told = []
    text = whole.run([TINY], FAKES, rounds=3, seconds=0.01, out=tmp_path, tell=told.append)
    rows = pd.read_csv(tmp_path / "timings.csv")
    assert rows["contestant"].tolist() == ["fast", "slow", "slow", "fast", "fast", "slow"]
    found = pd.read_csv(tmp_path / "table.csv").set_index("contestant")
    assert 2 < found.loc["slow", "ahead"] < 20  # 10 on a machine that wakes in time
    assert found.loc["fast", "median"] < TINY.batch / 0.002
    for reason in (
        "tiny: broken is left out: ValueError: two",
        "tiny: dies is left out: its process ended with 7",
        "tiny: careless is left out: say it in one line",
        "absent left out: no_such_package not installed; pip install -e '.[export]'",
    ):
        assert reason in text
        assert any(reason in sentence for sentence in told)


def test_a_fresh_process_each_round():
    case = replace(TINY, work="start", contestants=("fast",))
    rows, notes = clock.measure(case, {"fast": FAKES["fast"]}, rounds=2, seconds=9)
    assert [row["steps"] for row in rows] == [1, 1]
    for row in rows:
        assert row["load"] > 0.05  # Python itself
        assert row["step"] >= 0.002  # it sleeps that long
        # the first step takes as long as the second and what tracing adds; a busy machine answers late
        assert 0 <= row["seconds"] - sum(row[part] for part in PARTS) < 0.5
    assert not notes
    text = rendered(pd.DataFrame(rows), tiny=ORIGIN)
    assert "load (s)" in text and "trace (s)" in text


def test_ratios_to_nothing_are_none(tmp_path):
    with pytest.raises(UserError, match="nothing could be timed: .*broken is left out"):
        whole.run([replace(TINY, contestants=("broken", "fast"))], FAKES, rounds=1, seconds=0.01, out=tmp_path)


def test_networks_side_by_side_are_timed_as_one(monkeypatch):
    monkeypatch.setattr(side_by_side, "CONTESTANTS", FAKES)
    monkeypatch.setattr(side_by_side, "usable_cores", lambda: (0, 0))
    task = side_by_side.prepare(TINY, "slow")
    assert (task.images, task.macs, task.params) == (2 * TINY.batch, 2000, 1)
    assert task.device == "a chair, 2 at once"
    begun = time.perf_counter()
    task.run(10)
    assert 0.2 <= time.perf_counter() - begun < 0.39  # 20 ms a step: at once, not one after the other
    with pytest.raises(Failed, match="ValueError: two"):
        side_by_side.prepare(TINY, "broken")
