"""Results that were trained again, beside the committed ones."""

import pytest

from ablations.evidence.agreement import agreements, sentence
from ablations.evidence.sections import sections
from ablations.records.store import Store
from tests.support.trials import CLAIMED, FC, GAP, fill


def compared(tmp_path, fc, seeds=8):
    """The agreement of eight committed seeds with so many others, whose arm `fc` has these scores."""
    kept = fill(Store(tmp_path / "kept"), CLAIMED, {"gap": GAP, "fc": FC})
    mine = fill(Store(tmp_path / "mine"), CLAIMED, {"gap": GAP[:seeds], "fc": fc[:seeds]})
    return agreements(*(sections(store, CLAIMED)[0] for store in (kept, mine)))


def test_arms_and_differences_stand_beside_the_committed_ones(tmp_path):
    found = compared(tmp_path, [score + 0.1 for score in FC], seeds=3)
    assert [one.label for one in found] == ["gap", "fc", "fc over gap"]
    difference = found[-1]
    assert (len(difference.committed), len(difference.mine)) == (8, 3)
    assert difference.mine == pytest.approx([1.2, 1.0, 1.1])
    assert difference.agrees and sentence(found).startswith("Yours agree with the committed results: fc over gap is")


def test_a_difference_beyond_the_noise_does_not_agree(tmp_path):
    found = compared(tmp_path, [score + 2 for score in FC])
    assert found[-1].agrees is False and "do not agree" in sentence(found)


def test_an_interval_that_would_hold_0_whatever_came_out_can_not_tell(tmp_path):
    found = compared(tmp_path, [FC[0] - 8, FC[1] + 8], seeds=2)
    assert found[-1].gap.low < 0 < found[-1].gap.high
    assert found[-1].agrees is None
    assert sentence(found).startswith("2 seeds can't tell whether yours agree") and "--seeds 4" in sentence(found)


def test_one_seed_can_not_tell(tmp_path):
    found = compared(tmp_path, FC, seeds=1)
    assert found[-1].agrees is None and "--seeds 2 or more" in sentence(found)


def test_without_results_there_is_nothing_to_compare():
    assert "nothing to compare" in sentence([])
