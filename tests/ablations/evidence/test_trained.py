"""Nothing is judged that is not trained: floor, plateau, and overfitting that shows; the audit's cases among them."""

from dataclasses import replace

import pytest

from ablations.evidence import mechanism
from ablations.evidence.findings import findings
from ablations.evidence.trained import about_overfitting, floor_of, obstacles_alone
from ablations.records.record import Record
from ablations.records.store import Store
from ablations.statistics import compare
from ablations.study import Claim, Variant
from tests.support.trials import CLAIMED, FC, GAP, TRAINED, fill, fill_rungs, record


def only(study, store):
    (found,) = findings(study, store)
    return found


def lower(values, by):
    return [value - by for value in values]


def test_a_trained_pair_is_judged(tmp_path):
    found = only(TRAINED, fill_rungs(Store(tmp_path), TRAINED, {"gap": GAP, "fc": FC}))
    assert (found.verdict.name, found.untrained) == ("reproduced", [])
    assert [rung.epochs for rung in found.rungs] == [1, 2]


def test_an_arm_at_28_percent_is_not_judged(tmp_path):
    scores = {"gap": lower(GAP, 44.6), "fc": lower(FC, 53.3)}  # 35.6% and 27.9%, as VGG11 and VGG16 in the audit
    found = only(CLAIMED, fill(Store(tmp_path), CLAIMED, scores))
    assert found.verdict.name == "not judged"
    assert found.verdict.reason.startswith("undertrained: 35.6%, under the floor of 55%")
    declared = replace(TRAINED, floor=0.86)
    found = only(declared, fill_rungs(Store(tmp_path / "rungs"), declared, {"gap": GAP, "fc": FC}))
    assert found.verdict.reason == "undertrained: 81.2%, under the floor of 86%"


def test_the_default_floor_is_half_way_from_chance():
    assert floor_of(CLAIMED, classes=10) == pytest.approx(55.0)
    assert floor_of(CLAIMED, classes=2) == pytest.approx(75.0)
    assert floor_of(TRAINED, classes=10) == 75.0


def test_an_arm_whose_best_setting_is_not_known_is_not_judged(tmp_path):
    """A rate that is too high for one arm alone made it guess: 66 points for the other, and no sign of movement."""
    found = only(replace(TRAINED, edges=("fc",)), fill_rungs(Store(tmp_path), TRAINED, {"gap": GAP, "fc": FC}))
    assert found.verdict.name == "not judged"
    assert found.verdict.reason == "not tuned out: the best value of fc is at the edge of what was tried"


def test_without_rungs_nobody_knows_whether_it_still_moves(tmp_path):
    found = only(CLAIMED, fill(Store(tmp_path), CLAIMED, {"gap": GAP, "fc": FC}))
    assert found.verdict.reason == "no rungs: whether it still moves is unknown"
    half = only(TRAINED, fill(Store(tmp_path / "half"), TRAINED.at(2), {"gap": GAP, "fc": FC}))
    assert half.verdict.reason == "the rung of 1 epoch has no results: whether it still moves is unknown"


def test_an_arm_that_still_moves_is_not_judged(tmp_path):
    found = only(TRAINED, fill_rungs(Store(tmp_path), TRAINED, {"gap": GAP, "fc": FC}, before=2.1))
    assert found.verdict.name == "not judged"
    assert found.verdict.reason == "still moving: +2.1 points from 1 to 2 epochs (gap)"


def test_a_difference_that_still_moves_is_not_judged(tmp_path):
    store = fill(Store(tmp_path), TRAINED.at(2), {"gap": GAP, "fc": FC})
    fill(store, TRAINED.at(1), {"gap": lower(GAP, 0.3), "fc": lower(FC, 0.5)})
    assert (
        only(TRAINED, store).verdict.reason == "still moving: the difference changes by 0.20 points from 1 to 2 epochs"
    )
    wide = replace(TRAINED, claim=replace(TRAINED.claim, margin=0.5))
    assert only(wide, store).verdict.name == "reproduced", "half of 0.5 is more"


def test_a_rung_may_have_fewer_seeds(tmp_path):
    few = replace(TRAINED, rung_seeds={1: 3})
    found = only(few, fill_rungs(Store(tmp_path), few, {"gap": GAP, "fc": FC}))
    assert [rung.evidence.found.n for rung in found.rungs] == [3, 8]
    alone = obstacles_alone(TRAINED, {1: [90.0] * 3, 2: [90.0] * 8}, classes=10)
    assert alone == ["the rung of 1 epoch has 3 of 8 seeds: whether it still moves is unknown"], "an ordering as well"
    assert obstacles_alone(TRAINED, {1: [90.0] * 8, 2: [90.0] * 8}, classes=10) == []
    assert found.verdict.name == "reproduced"


def trained_on(study, variant, seed, top1, clean):
    """A record with an accuracy on clean training images."""
    one = record(study, variant, seed, top1 / 100)
    return Record({**one, "metrics": {**one["metrics"], "train": {"top1": clean / 100, "loss": 1.0}}})


def store_with(folder, study, gaps, scores=None):
    """Records whose clean training top-1 is above test top-1 by `gaps`, by variant."""
    store = Store(folder)
    store.prepare()
    for epochs in study.budgets:
        for variant, values in (scores or {"gap": GAP, "fc": FC}).items():
            for seed, value in enumerate(values):
                own = study.at(epochs)
                store.write(trained_on(own, variant, seed, value, value + gaps[variant] + 0.01 * seed), None)
    return store


DROPOUT = replace(
    TRAINED,
    variants=(Variant("gap"), Variant("fc", {"dropout": 0.0}, label="no dropout")),
    evaluations=("train",),
)


def test_a_claim_about_dropout_needs_an_arm_that_overfits(tmp_path):
    assert about_overfitting(DROPOUT, DROPOUT.claim)
    assert not about_overfitting(TRAINED, TRAINED.claim)
    assert about_overfitting(TRAINED, Claim("c", "s", variant="fc", metric="overfitting"))
    fits = only(DROPOUT, store_with(tmp_path / "fits", DROPOUT, {"gap": 2.0, "fc": 5.5}))
    assert fits.verdict.name == "reproduced"
    loose = only(DROPOUT, store_with(tmp_path / "loose", DROPOUT, {"gap": 2.0, "fc": 3.0}))
    assert loose.verdict.reason == "no arm overfits: at most 3.0 points from clean training images to test, under 5"
    unknown = only(DROPOUT, fill_rungs(Store(tmp_path / "unknown"), DROPOUT, {"gap": GAP, "fc": FC}))
    assert unknown.verdict.reason.endswith("needs the accuracy on clean training images: evaluations=('train',)")


# -- mechanism -------------------------------------------------------------------------------------------------------

MEASURED = replace(
    TRAINED, evaluations=("train",), variants=(Variant("gap"), Variant("fc", {"head": "fc"}, label="FC"))
)


@pytest.mark.parametrize(
    ("gaps", "words"),
    [
        # fc is a point better on test; gap loses 2 points in training
        ({"gap": 2.0, "fc": 3.0}, "gap learns less: 2.00 points behind on clean training images, 1.00 behind"),
        ({"gap": 2.0, "fc": 2.0}, "gap learns less: 1.00 points behind"),
        ({"gap": 3.0, "fc": 2.0}, "gap overfits: 0.00 points behind on clean training images, 1.00 behind on test"),
        ({"gap": 4.0, "fc": 2.0}, "gap overfits: 1.00 points ahead on clean training images"),
        (
            {"gap": 2.5, "fc": 2.0},
            "gap learns less and generalises worse: 0.50 points behind on clean training images, 1.00 behind on test",
        ),
    ],
)
def test_a_loss_in_training_larger_than_on_test_reads_as_learning_less(gaps, words, tmp_path):
    found = only(MEASURED, store_with(tmp_path, MEASURED, gaps))
    assert found.mechanism.startswith(words), found.mechanism


def test_an_arm_that_is_behind_in_training_by_noise_alone_overfits():
    gap = compare([3.0] * 8, [2.0] * 8)
    level, behind = ([loss + 0.4 * (-1) ** seed for seed in range(8)] for loss in (0.1, 0.6))
    said = [
        mechanism.explanation(
            compare([0.0] * 8, [1.0] * 8), mechanism.Training(compare([0.0] * 8, losses), gap, (0, 0)), ("gap", "fc")
        )
        for losses in (level, behind)
    ]
    assert said[0].startswith("gap overfits: 0.10 points behind"), "the interval of 0.1 holds 0"
    assert said[1].startswith("gap learns less and generalises worse: 0.60 points behind")


def test_a_difference_that_is_not_real_has_no_mechanism(tmp_path):
    store = store_with(tmp_path, MEASURED, {"gap": 2.0, "fc": 3.0}, {"gap": GAP, "fc": GAP[::-1]})
    assert only(MEASURED, store).mechanism == ""
