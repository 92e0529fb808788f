"""Titles of figures: what is seen, the verdict, and what must be added to it."""

from dataclasses import replace

import pytest

from ablations.evidence.findings import findings
from ablations.records.record import Record
from ablations.records.store import Store
from ablations.report.figures.titles import TITLES
from tests.support import trials
from tests.support.drawn_trials import STUDY, TRIALS, record, section, shown


def test_the_title_names_both_arms_of_its_row_which_comes_first(tmp_path):
    """Of four rows it spoke of the third, by the name of one arm that is in three of them."""
    study = replace(STUDY, claim=replace(STUDY.claim, variant="conv"), seeds=3)
    made = [record(arm, seed, 170 - 9 * arm + seed, study=study) for arm in range(3) for seed in range(3)]
    numbers = shown(section(tmp_path / "own", made, study, answers=False))["forest"]
    assert numbers["title"] == "Gap better than conv by 9.00 points after 2 epochs: not judged"
    assert [(row["first"], row["second"]) for row in numbers["rows"]] == [("gap", "conv"), ("fc", "gap")]
    declared = replace(study, comparisons=(("gap", "fc"), ("gap", "conv")))
    rows = shown(section(tmp_path / "declared", made, declared, answers=False))["forest"]["rows"]
    assert [row["claimed"] for row in rows] == [False, True], "in the order of the declared comparisons"


@pytest.mark.parametrize(
    ("gain", "words"),
    [
        (-0.2, "No variant gained in the last epoch"),
        (0.04, "No variant gained in the last epoch"),
        (0.3, "No variant gained more than 0.3 points"),
        (2.0, "Gap gained 2.0 points in the last epoch"),
    ],
)
def test_the_title_of_curves_says_what_the_last_epoch_brought(gain, words):
    rows = [{"label": "gap", "validation": [{"mean": 50.0}, {"mean": 50.0 + gain}]}]
    assert words in TITLES["curves"]({"rows": rows}, None, "")


def test_the_title_of_a_long_curve_is_about_the_last_tenth_of_its_epochs():
    """At a rate that falls to 0 the last epoch alone is flat: 0.1 of the 2.3 points that the last 19 of 192 brought."""
    rising = [{"mean": value} for value in [60.0] * 173 + [60 + 2.3 * epoch / 19 for epoch in range(1, 20)]]
    rows = [{"label": "flat", "validation": rising}, {"label": "gap", "validation": [{"mean": 58.0}] * 192}]
    assert TITLES["curves"]({"rows": rows}, None, "") == "Flat gained the most in the last 19 epochs, 2.3 points"
    assert TITLES["curves"]({"rows": rows[1:]}, None, "") == "No variant gained in the last 19 epochs"


@pytest.mark.parametrize(
    ("count", "words"), [(1002, "hardly more multiply-adds than"), (2000, "2 times the multiply-adds of")]
)
def test_the_title_of_costs_says_how_many_times_the_fewest(count, words):
    rows = [{"label": "average pooling", "mean": 60.0, "count": 1000, "ends": None}]
    rows += [{"label": "the flattened map", "mean": 65.0, "count": count, "ends": None}]
    title = TITLES["macs"]({"rows": rows}, None, "")
    assert title == f"Highest top-1: the flattened map, with {words} the smallest variant"


def test_arms_that_differ_by_less_than_the_margin_are_not_called_equal(tmp_path):
    study = replace(trials.TRAINED, claim=replace(trials.TRAINED.claim, margin=2.0))
    (real,) = findings(study, trials.fill_rungs(Store(tmp_path / "real"), study, {"gap": trials.GAP, "fc": trials.FC}))
    assert real.verdict.name == "equivalent"
    assert TITLES["forest"]({}, real, "") == "Fc better than gap by 1.00 points, less than 2 points"
    noise = [score + 0.3 * (-1) ** seed for seed, score in enumerate(trials.GAP)]
    (equal,) = findings(study, trials.fill_rungs(Store(tmp_path / "equal"), study, {"gap": trials.GAP, "fc": noise}))
    assert TITLES["forest"]({}, equal, "") == "Gap and fc are equal within 2 points"


LUCK = [record(0, seed, 160 + seed) for seed in range(3)]
LUCK += [record(1, seed, right, params=4_575_586) for seed, right in enumerate((20, 130, 22))]
GUESSED = "2 of 3 trials of fc ended at chance"


def titles_of(part):
    return {stem: numbers["title"] for stem, numbers in shown(part).items()}


def test_titles_tell_of_trials_that_guess_and_call_no_variant_the_highest(tmp_path):
    declared = replace(STUDY, seeds=3)
    made = titles_of(section(tmp_path, LUCK, declared))
    assert made["forest"].endswith(f"after 2 epochs: not judged. {GUESSED}")
    assert made["params"] == f"Top-1 over trainable parameters. {GUESSED}"
    assert made["macs"] == f"Top-1 over multiply-adds. {GUESSED}"
    assert "gained the most in the last epoch" in made["curves"] and made["curves"].endswith(f". {GUESSED}")


def test_titles_tell_that_no_claim_is_judged_by_what_is_drawn(tmp_path):
    """The study's own seeds are others, so nothing of what is drawn is a verdict."""
    other = replace(STUDY, seeds=3, first_seed=9)
    made = titles_of(section(tmp_path / "luck", LUCK, other))
    assert made["forest"] == f"Difference in top-1. Exploratory, not judged: {GUESSED}"
    assert made["params"] == f"Top-1 over trainable parameters. Exploratory, not judged: {GUESSED}"
    made = titles_of(section(tmp_path / "trained", TRIALS, other))
    assert made["macs"] == "Top-1 over multiply-adds. Exploratory, not judged"
    made = titles_of(section(tmp_path / "alone", TRIALS, replace(other, claim=None)))
    assert made["macs"] == "Highest top-1: gap, with the fewest multiply-adds", "nothing is claimed of these trials"


def test_trials_under_a_lock_that_no_claim_counts_are_not_called_exploratory(tmp_path):
    locked = [Record({**one, "lock": "0123456789ab"}) for one in TRIALS]
    made = titles_of(section(tmp_path, locked, replace(STUDY, seeds=3, first_seed=9)))
    assert made["forest"] == "Difference in top-1. Not judged"


def test_the_title_of_rungs_names_the_arms():
    """`From -12.61 points at 96 epochs to ...` did not say of what."""
    ways = {"first": "pooling", "second": "the head"}
    rows = [{"budget": 96, "difference": -12.614, **ways}, {"budget": 192, "difference": -12.816, **ways}]
    title = TITLES["rungs"]({"rows": rows, "metric": "top1"}, None, "")
    assert title == "Pooling against the head: -12.61 points at 96 epochs, -12.82 at 192 epochs"
