"""What stands beside a verdict by rule: other recipes, broken objects, the same trials twice."""

from dataclasses import replace

from ablations.evidence.findings import findings
from ablations.evidence.notes import REDUCE5X5, notes
from ablations.evidence.twins import find_twins
from ablations.records.store import Store
from ablations.study import Variant
from tests.support.trials import CLAIMED, FC, GAP, fill, record

SIXTEENTH = replace(
    CLAIMED,
    base={"preset": "batchnorm", "stem": "small", "stem_stride": 2, "width": 0.0625},
    variants=(Variant("gap", label="1x1 reductions"), Variant("fc", {"reduce": False}, label="no reductions")),
)


def records_of(study):
    return [record(study, arm.name, 0, top1) for arm, top1 in zip(study.arms, (0.8, 0.7), strict=True)]


def test_reductions_of_one_to_three_channels_are_named():
    (note,) = notes(SIXTEENTH, SIXTEENTH.claim, records_of(SIXTEENTH))
    assert note == (
        "at width 0.0625 the reductions before the 5x5 of 1x1 reductions have 1 to 3 channels, too few to be the "
        "paper's module"
    )
    wider = replace(SIXTEENTH, base={**SIXTEENTH.base, "width": 0.125})
    assert notes(wider, wider.claim, records_of(wider)) == []


def test_the_reductions_are_those_of_table_1():
    from inception_keras.models.googlenet import TABLE_1, Inception

    channels = [row.reduce5x5 for row in TABLE_1 if isinstance(row, Inception)]
    assert (min(channels), max(channels)) == REDUCE5X5


def test_different_recipes_are_said():
    arms = (CLAIMED.arms[0], replace(CLAIMED.arms[1], recipe={"learning_rate": 0.1}))
    study = replace(CLAIMED, variants=arms)
    (note,) = notes(study, study.claim, records_of(study))
    assert note == "the arms are trained by different recipes: learning_rate 0.05 (gap) and 0.1 (fc)"


def test_arms_that_end_alike_with_every_seed_are_named():
    alike = [record(CLAIMED, arm.name, seed, 0.8) for arm in CLAIMED.arms for seed in range(3)]
    (note,) = notes(CLAIMED, CLAIMED.claim, alike)
    assert note == "gap and fc have the same results with 3 seeds: what differs changes nothing"
    alike[-1] = record(CLAIMED, "fc", 2, 0.7)
    assert notes(CLAIMED, CLAIMED.claim, alike) == [], "one seed tells them apart"
    failed = [record(CLAIMED, arm.name, 0, 0.8, status="failed") for arm in CLAIMED.arms]
    assert notes(CLAIMED, CLAIMED.claim, failed) == []


def test_arms_that_are_the_same_trials_are_named(tmp_path):
    other = replace(CLAIMED, name="other", evaluations=("train",), variants=(Variant("pooled"), CLAIMED.arms[1]))
    for study, names in ((CLAIMED, ("gap", "fc")), (other, ("pooled", "fc"))):
        fill(Store(tmp_path / study.name), study, dict(zip(names, (GAP, FC), strict=True)))
    records = [one for study in (CLAIMED, other) for one in findings(study, Store(tmp_path / study.name))[0].records]
    assert find_twins(records).sentences("other") == [
        "gap of tiny and pooled of other are the same trials: one result, not 2",
        "fc of tiny and fc of other are the same trials: one result, not 2",
    ]
    alone = find_twins(one for one in records if one.study == "tiny")
    assert alone.groups == ()


def test_an_arm_that_another_study_trained_before_the_lock_is_named():
    taken = {"shared": {"study": "before", "lock": "b"}, "began": "2026-11-02T00:00:00+00:00"}
    gap = [record(CLAIMED, "gap", seed, **taken) for seed in range(2)]

    def note(*records, locked="2026-11-03T00:00:00+00:00"):
        return notes(CLAIMED, CLAIMED.claim, records, locked)

    assert note(*gap) == ["the trials of gap are those of before, known when this study was locked"]
    assert note(*gap, locked="2026-11-01T00:00:00+00:00") == ["the trials of gap are those of before"], "run later"
    assert note(*gap, locked="") == ["the trials of gap are those of before"], "without a lock nothing was fixed before"
    part = [*gap, record(CLAIMED, "gap", 2), record(CLAIMED, "fc", 0, 0.7)]
    assert note(*part, locked="") == ["the trials of gap with seeds 0, 1 are those of before"]
