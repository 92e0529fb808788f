"""Step times of two variants, measured in turn in one process."""

from dataclasses import replace

import pytest

from ablations.records.paired_times import PairedTimes, load_times, save_times
from ablations.runner.worker import Worker
from inception_keras import UserError
from tests.support.bench import QUICK

ABOUT = {"hardware": {"processor": "CPU"}, "versions": {}, "commit": None, "load": (1.0, 2.0), "began": "now"}
TIMES = PairedTimes("tiny", "full", "gap", "fc", ((1.0, 2.0), (2.0, 4.0), (1.0, 1.0)), **ABOUT)


def test_they_are_kept_for_the_comparison_as_it_is_declared(tmp_path):
    path = save_times(QUICK, tmp_path, TIMES)
    assert load_times(QUICK, tmp_path) == [TIMES]
    assert save_times(QUICK, tmp_path, TIMES) == path, "the newest of a machine"
    assert load_times(replace(QUICK, base={**QUICK.base, "width": 1.0}), tmp_path) == []
    renamed = replace(QUICK, variants=(QUICK.arms[0], replace(QUICK.arms[1], name="dense")))
    assert [one.variant for one in load_times(renamed, tmp_path)] == ["dense"]
    path.write_text(path.read_text().replace("2.0", "3.0", 1))
    with pytest.raises(UserError, match="was changed after it was written.*times tiny"):
        load_times(QUICK, tmp_path)


def test_the_difference_is_the_median_of_the_ratios():
    assert TIMES.differences == pytest.approx([69.3147, 69.3147, 0.0], abs=1e-3)
    assert TIMES.difference == pytest.approx(69.3147, abs=1e-3)


def test_both_variants_are_timed_in_every_round():
    found = Worker(QUICK, None).time_pair("gap", "fc", rounds=3)
    assert [len(pair) for pair in found.seconds] == [2, 2, 2]
    assert all(seconds > 0 for pair in found.seconds for seconds in pair)
    assert found.began and found.hardware["cores"] >= 1
