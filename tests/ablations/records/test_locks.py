"""Locks: what they fix before a run, and that a changed study is exploratory."""

import json
from dataclasses import replace

import pytest

from ablations.records import locks
from ablations.records.store import Store
from ablations.study import Claim, Variant
from inception_keras import UserError
from tests.support.bench import TINY
from tests.support.trials import FC, GAP, fill, record

LOCKED = replace(TINY, claim=Claim("it helps", "a paper", variant="fc", effect=1.0), seeds=8)


@pytest.fixture
def folder(tmp_path):
    locks.write_lock(LOCKED, tmp_path, "abc")
    return tmp_path


def test_a_locked_study_covers_its_trials(folder):
    identity = locks.lock_of_study(folder, LOCKED)
    assert identity == locks.lock_id(locks.terms(LOCKED))
    assert {locks.covering_lock(folder, trial) for trial in LOCKED.trials()} == {identity}


def test_the_first_seeds_of_a_locked_study_are_covered_and_a_later_one_is_not(folder):
    first, more = replace(LOCKED, seeds=3), replace(LOCKED, seeds=9)
    assert None not in {locks.covering_lock(folder, trial) for trial in first.trials()}
    assert locks.lock_of_study(folder, first) is None, "three of eight seeds are not the locked study"
    assert {trial.seed for trial in more.trials() if locks.covering_lock(folder, trial) is None} == {8}


@pytest.mark.parametrize(
    "changed",
    [
        replace(LOCKED, claim=replace(LOCKED.claim, effect=0.5)),
        replace(LOCKED, claim=replace(LOCKED.claim, refuted_by="nothing")),
        replace(LOCKED, claim=replace(LOCKED.claim, margin=0.5)),
        replace(LOCKED, paired=False),
        replace(LOCKED, recipe=replace(LOCKED.recipe, epochs=2)),
        replace(LOCKED, fraction=0.1),
        replace(LOCKED, variants=(*LOCKED.variants, replace(LOCKED.variants[1], name="x", overrides={"width": 0.1}))),
    ],
    ids=["effect", "refutation", "margin", "pairing", "recipe", "data", "variants"],
)
def test_what_runs_after_a_change_is_exploratory(folder, changed):
    assert locks.lock_of_study(folder, changed) is None
    assert locks.covering_lock(folder, changed.trials()[0]) is None


def renamed(study, names, **claim):
    """The study with other names for its arms, which its claim follows."""
    arms = tuple(replace(arm, name=names.get(arm.name, arm.name)) for arm in study.arms)
    variant = names.get(study.claim.variant, study.claim.variant)
    return replace(study, variants=arms, claim=replace(study.claim, variant=variant, **claim))


def test_a_variant_with_another_name_stays_covered(folder):
    study = renamed(LOCKED, {"fc": "dense", "gap": "pooled"})
    identity = locks.lock_of_study(folder, LOCKED)
    assert {locks.covering_lock(folder, trial) for trial in study.trials()} == {identity}
    assert locks.write_lock(study, folder, None).stem == identity, "a second lock would say nothing new"
    assert len(list((folder / "locks").iterdir())) == 1
    assert locks.lock_of_study(folder, renamed(LOCKED, {"fc": "dense"}, effect=0.5)) is None


def test_two_variants_that_exchange_their_names_are_a_change(tmp_path):
    three = replace(LOCKED, variants=(*LOCKED.variants, Variant("conv", {"head": "conv"})))
    locks.write_lock(three, tmp_path, None)
    exchanged = replace(
        three, variants=(three.arms[0], replace(three.arms[1], name="conv"), replace(three.arms[2], name="fc"))
    )
    assert locks.lock_of_study(tmp_path, three)
    assert locks.lock_of_study(tmp_path, exchanged) is None, "the claim is about the other network"
    assert locks.lock_of_study(tmp_path, renamed(three, {"fc": "conv", "conv": "fc"})), "the claim follows"


def test_locking_again_leaves_the_lock_as_it_is(folder):
    path = next((folder / "locks").iterdir())
    before = path.read_bytes()
    assert locks.write_lock(LOCKED, folder, "another commit") == path
    assert path.read_bytes() == before


def test_a_lock_that_was_changed_by_hand_is_refused(folder):
    path = next((folder / "locks").iterdir())
    lock = json.loads(path.read_text())
    lock["terms"]["hypothesis"]["effect"] = 0.1
    path.write_text(json.dumps(lock))
    with pytest.raises(UserError, match="was changed after it was made"):
        locks.lock_of_study(folder, LOCKED)


def test_a_lock_is_made_before_the_run(tmp_path):
    store = Store(tmp_path)
    store.prepare()
    store.write(record(LOCKED, "fc", 2), None)
    with pytest.raises(UserError, match="seed 2 were run already.*first_seed=3"):
        locks.write_lock(LOCKED, tmp_path, None)
    locks.write_lock(replace(LOCKED, first_seed=3), tmp_path, None)


def test_a_study_without_a_claim_has_nothing_to_lock(tmp_path):
    with pytest.raises(UserError, match="states no claim"):
        locks.write_lock(TINY, tmp_path, None)
    assert locks.lock_of_study(tmp_path, TINY) is None


def test_part_of_a_locked_study_with_rungs_runs_under_its_lock(tmp_path):
    study = replace(LOCKED, recipe=replace(LOCKED.recipe, epochs=2), rungs=(1, 2), rung_seeds={1: 4})
    identity = locks.write_lock(study, tmp_path, "abc").stem
    for seeds in (3, 4, 5):
        assert {locks.covering_lock(tmp_path, trial) for trial in study.with_seeds(seeds).trials()} == {identity}
        assert locks.lock_of_study(tmp_path, study.with_seeds(seeds)) is None
    more = replace(study, rung_seeds={1: 5})
    covered = [trial.seed for trial in more.trials() if trial.rung == 1 and locks.covering_lock(tmp_path, trial)]
    assert max(covered) == 3, "the lock fixes four seeds at one epoch"
    assert locks.lock_of_study(tmp_path, more) is None


@pytest.mark.parametrize("changed", ["evaluation", "baseline"])
def test_neither_another_evaluation_nor_another_baseline_makes_a_known_difference_unknown(tmp_path, changed):
    """Nothing that trains is changed, so the same numbers would come again."""
    fill(Store(tmp_path / "tiny"), LOCKED, {"gap": GAP, "fc": FC})
    gap, fc = LOCKED.variants
    swapped = replace(
        LOCKED,
        base={**LOCKED.base, **fc.overrides},
        variants=(Variant("fc"), Variant("gap", {name: LOCKED.toggles(gap)[name] for name in fc.overrides})),
        claim=replace(LOCKED.claim, variant="gap"),
    )
    study = replace(LOCKED, evaluations=("train",)) if changed == "evaluation" else swapped
    with pytest.raises(UserError, match="were run already"):
        locks.write_lock(study, tmp_path / "tiny", "abc")
    with pytest.raises(UserError, match="both arms of (fc and gap|gap and fc) were trained with seeds 0 to 7"):
        locks.write_lock(replace(study, name="again"), tmp_path / "again", "abc")
