"""Foreign results are judged with the statistics and by the rules of a study."""

import numpy as np
import pandas as pd
import pytest

from ablations import studies
from ablations.evidence.foreign import judge
from ablations.evidence.stated import Stated
from ablations.evidence.verdict import CONTRADICTED, NOT_JUDGED, REPRODUCED, decide
from ablations.evidence.weighing import weigh
from ablations.foreign.arms import read_arms, score_arms
from ablations.foreign.asked import Asked
from ablations.records.declared import belonging
from ablations.records.store import Store
from ablations.records.tuning import tuned
from inception_keras import UserError
from tests.support.paths import ROOT


def counted(name):
    """A study, its store, and the records that its ledger counts."""
    store = Store(ROOT / "results" / name)
    study = tuned(studies.load(name), store.folder).at()
    own = [record for record in belonging(study, store.load()) if record.seed in study.seed_range and record.done]
    return study, store, own


def test_where_less_is_better_an_arm_wins_with_less(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("seed,old,new\n" + "".join(f"{n},{2 + n / 10},{1 + n / 10}\n" for n in range(8)))
    (one,) = judge(read_arms([path], Asked(less_is_better=True, unit="plain")), Stated("better")).judged
    assert one.evidence.improvement == 1


def test_runs_with_the_very_same_scores_are_named(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("seed,old,new\n" + "".join(f"{n},80.{n},80.{n}\n" for n in range(6)))
    said = "old and new: that these are different runs is taken on trust, since their scores are the same (6 pairs)"
    assert said in judge(read_arms([path])).assumptions
    path.write_text("seed,old,new\n" + "".join(f"{n},80.{n},80.{n + n // 5}\n" for n in range(6)))
    assert not [one for one in judge(read_arms([path])).assumptions if "different runs" in one]


def exported(folder, records):
    path = folder / "exported.csv"
    rows = (f"{one.variant},{one.seed},{one.metrics['test']['top1']!r}\n" for one in records)
    path.write_text("run,seed,accuracy\n" + "".join(rows))
    return path


@pytest.mark.parametrize("name", ["gap_vs_fc", "imagenette", "dropout"])
def test_our_records_as_csv_give_the_numbers_of_the_ledger_to_the_last_digit(tmp_path, name):
    study, store, records = counted(name)
    expected = [one for one in weigh(study, store, records) if one.metric == "top1"]
    claim = study.claim
    alone = len(study.tests) == 1
    size = None if claim.effect is None else abs(claim.effect)
    stated = Stated(claim.direction, size, claim.margin) if alone else None
    found = judge(read_arms([exported(tmp_path, records)]), stated, study.baseline.name)
    by_arm = {one.evidence.variant: one for one in found.judged}
    pairs = [one for one in expected if one.baseline == study.baseline.name]
    assert pairs
    for one in pairs:
        own = by_arm[one.variant].evidence
        assert repr(own.found) == repr(one.found)  # `nan` is not equal to itself
        assert own.improvement == one.improvement
        if alone:
            assert (own.p_holm, own.p_within) == (one.p_holm, one.p_within)
            verdict = by_arm[one.variant].verdict
            assert verdict.name == decide(claim, one).name


def test_our_answers_as_numpy_files_give_the_interval_over_images_to_the_last_digit(tmp_path):
    study, store, records = counted("gap_vs_fc")
    for arm in study.arms:
        own = sorted((one for one in records if one.variant == arm.name), key=lambda one: one.seed)
        np.save(tmp_path / f"{arm.name}.npy", [store.correct(one) for one in own])
    (expected,) = weigh(study, store, records)
    (found,) = judge(read_arms([tmp_path / f"{arm.name}.npy" for arm in study.arms])).judged
    assert found.evidence.images == expected.images
    assert found.evidence.found.difference == expected.found.difference


def write(folder, name, rows):
    path = folder / f"{name}.csv"
    path.write_text("seed,accuracy\n" + "".join(f"{seed},{value}\n" for seed, value in rows))
    return path


def test_equal_seeds_are_pairs_and_others_are_left_out_by_name(tmp_path):
    old = write(tmp_path, "old", [(seed, 0.80 + seed / 100) for seed in range(8)])
    new = write(tmp_path, "new", [(seed, 0.81 + seed / 100 + 0.001 * (seed % 2)) for seed in range(1, 9)])
    found = judge(read_arms([old, new]))
    (one,) = found.judged
    assert one.evidence.found.n == 7
    assert one.verdict.name == REPRODUCED
    left_out = "old and new: 2 runs of one arm alone left out; over the pairs old 84.00, new 85.06"
    assert left_out in found.assumptions, "the table of the arms has the means of all runs"
    (unpaired,) = judge(read_arms([old, new], Asked(paired=False))).judged
    assert unpaired.evidence.found.n == 8
    assert np.isnan(unpaired.evidence.found.correlation)


def test_a_lower_loss_is_better(tmp_path):
    path = tmp_path / "loss.csv"
    lines = [f"{name},{seed},{base + seed / 100}" for name, base in (("old", 2.0), ("new", 1.5)) for seed in range(8)]
    path.write_text("run,seed,loss\n" + "\n".join(lines))
    assert judge(read_arms([path])).judged[0].verdict.name == REPRODUCED
    assert judge(read_arms([path]), Stated("worse")).judged[0].verdict.name == CONTRADICTED


def test_a_lower_loss_in_a_column_per_arm_is_better_too(tmp_path):
    path = tmp_path / "w.csv"
    path.write_text(
        "seed,loss_a,loss_b\n" + "".join(f"{seed},{2 + seed / 100},{1.5 + seed / 90}\n" for seed in range(8))
    )
    (one,) = judge(read_arms([path], Asked(arms=("loss_a", "loss_b")))).judged
    assert (one.verdict.name, one.evidence.improvement) == (REPRODUCED, 1)


def test_few_seeds_are_not_judged(tmp_path):
    paths = [write(tmp_path, name, [(0, 0.5), (1, value)]) for name, value in (("old", 0.6), ("new", 0.7))]
    (one,) = judge(read_arms(paths)).judged
    assert (one.verdict.name, "2 seeds: under 6" in one.verdict.reason) == (NOT_JUDGED, True)


def test_one_run_per_arm_is_judged_over_examples_by_mcnemars_test(tmp_path):
    for name, lost in (("old", 30), ("new", 10)):
        rows = "".join(f"q{n},{int(n >= lost)}\n" for n in range(200))
        (tmp_path / f"{name}.csv").write_text(f"example,correct\n{rows}")
    found = judge(read_arms([tmp_path / "old.csv", tmp_path / "new.csv"]))
    (one,) = found.judged
    assert one.evidence.found.p_value == pytest.approx(2 / 2**20)
    assert one.evidence.found.difference == pytest.approx(10.0)
    assert (one.evidence.over, one.verdict.name) == ("examples", REPRODUCED)
    assert any("one run each" in note for note in found.assumptions)


def test_examples_of_one_arm_alone_are_left_out(tmp_path):
    (tmp_path / "old.csv").write_text("example,correct\na,1\nb,0\nc,1\n")
    (tmp_path / "new.csv").write_text("example,correct\nb,1\nc,1\nd,1\n")
    found = judge(read_arms([tmp_path / "old.csv", tmp_path / "new.csv"]))
    assert found.judged[0].evidence.found.n == 2
    said = "2 examples of 4 lack a score in some run and are left out (old has the fewest, 3); over the others "
    assert any(f"{said}old 50.00, new 100.00" in note for note in found.assumptions)


def test_one_arm_is_refused(tmp_path):
    with pytest.raises(UserError, match="one arm alone"):
        judge(read_arms([write(tmp_path, "old", [(0, 0.5)])]))
    with pytest.raises(UserError, match="needs a margin.*type --margin X"):
        paths = [write(tmp_path, name, [(0, 0.5)]) for name in ("a", "b")]
        judge(read_arms(paths), Stated("equal"))


def test_what_was_typed_is_in_points_and_this_is_said(tmp_path):
    """With scores of 0.90 and 0.91 a user may mean 0.01 by one point."""
    old, new = (
        write(tmp_path, name, [(s, top1 + s / 1000) for s in range(6)]) for name, top1 in (("a", 0.9), ("b", 0.91))
    )
    found = judge(read_arms([old, new]), Stated("better", 0.01, 0.01))
    assert "the effect 0.01 and the margin 0.01 are in points, hundredths of a fraction" in found.assumptions
    assert not any("are in points" in note for note in judge(read_arms([old, new])).assumptions)


@pytest.mark.parametrize(
    "text",
    [
        "run,seed,accuracy\na,0,nan\na,1,\nb,0,0.5\nb,1,0.5\nc,0,0.25\nc,1,0.5\n",
        "seed,a,b,c\n0,nan,0.5,0.25\n1,,0.75,0.5\n",
    ],
)
def test_an_arm_without_scores_is_no_baseline_and_does_not_vanish(tmp_path, text):
    path = tmp_path / "a.csv"
    path.write_text(text)
    found = read_arms([path])
    with pytest.raises(UserError, match="^the first arm, a, has no scores to compare with: .* one of b, c$"):
        judge(found)
    with pytest.raises(UserError, match="^a has no scores to compare with: type --baseline ARM, one of b, c$"):
        judge(found, baseline="a")
    judged = judge(found, baseline="b")
    assert [one.evidence.variant for one in judged.judged] == ["c"]
    assert "a has no scores, so it is not compared" in judged.assumptions
    assert not any("favours" in note for note in judged.assumptions)


def test_an_empty_column_says_nothing_of_what_is_better(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("seed,old loss,new loss,notes\n0,0.5,0.25,\n1,0.5,0.25,\n")
    found = read_arms([path], Asked(arms=("old loss", "new loss")))
    assert not found.empty
    path.write_text("seed,old,new,notes\n0,0.5,0.25,\n1,0.5,0.25,\n")
    assert read_arms([path]).empty == ("notes",)


@pytest.mark.parametrize("empty", [[], [None, None], {}, pd.Series([], dtype="float64")])
def test_an_arm_without_scores_in_memory_is_named(empty):
    full = {0: 0.5, 1: 0.25} if isinstance(empty, dict) else [0.5, 0.25]
    with pytest.raises(UserError, match="the first arm, b, has no scores"):
        judge(score_arms({"b": empty, "a": full, "c": full}))
    found = judge(score_arms({"a": full, "b": empty, "c": full}))
    assert "b has no scores, so it is not compared" in found.assumptions
    assert [one.evidence.variant for one in found.judged] == ["c"]


def test_an_array_without_numbers_is_an_arm_all_the_same(tmp_path):
    np.savez(tmp_path / "a.npz", first=[np.nan, np.nan], second=[0.5, 0.75], third=[0.5, 0.25])
    with pytest.raises(UserError, match="the first arm, first, has no scores"):
        judge(read_arms([tmp_path / "a.npz"]))


def test_a_size_with_a_sign_is_refused_with_what_to_type():
    """A study's claim of -0.5 says that the variant is worse; here it was judged as better by 0.5."""
    for direction, typed in ((None, "--effect 0.5 --claim worse"), ("better", "--effect 0.5 --claim better")):
        with pytest.raises(UserError, match=f"without a sign; got -0.5: type {typed}"):
            Stated(direction, effect=-0.5)
    with pytest.raises(UserError, match="effect must be a number from 0 to 1000000; got nan"):
        Stated(effect=float("nan"))


def test_what_was_typed_in_units_is_told_from_points(tmp_path):
    for name, base in (("a", 0.9), ("b", 0.91), ("c", 90), ("d", 91)):
        rows = "".join(f"{seed},{base + seed / 1000}\n" for seed in range(6))
        (tmp_path / f"{name}.csv").write_text(f"seed,dice\n{rows}")
    found = judge(read_arms([tmp_path / "a.csv", tmp_path / "b.csv"]), Stated("better", 1, 0.5))
    assert "the effect 1 and the margin 0.5 are in units of dice, not in points" in found.assumptions
    found = judge(read_arms([tmp_path / "c.csv", tmp_path / "d.csv"]), Stated(margin=0.5))
    assert not any("the margin 0.5" in note for note in found.assumptions)


def test_what_holds_of_many_arms_is_said_once(tmp_path):
    """300 arms had 299 lines that runs with the same seed are a pair."""
    path = tmp_path / "a.csv"
    rows = [f"m{arm:03},{seed},0.8{(arm * 7 + seed * 3) % 10}" for arm in range(30) for seed in range(6)]
    path.write_text("\n".join(["run,seed,accuracy", *rows[:-1]]))
    said = [note for note in judge(read_arms([path])).assumptions if "same seed" in note]
    assert said == [
        "runs with the same seed are a pair (6 of m000 and each of m001, m002, m003 and 25 more)",
        "runs with the same seed are a pair (5 of m000 and m029)",
    ]
    path.write_text("\n".join(["run,accuracy", *(f"{row.split(',')[0]},{row.split(',')[2]}" for row in rows)]))
    (unpaired,) = [note for note in judge(read_arms([path])).assumptions if "not paired" in note]
    assert unpaired.startswith("m000 and each of m001, m002, m003 and 26 more: not paired")
