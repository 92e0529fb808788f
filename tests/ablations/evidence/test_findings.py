"""From a store to a verdict: which trials count, what blocks a verdict, what a lock covers."""

from dataclasses import replace

import pytest
from scipy import stats

from ablations.evidence.findings import findings
from ablations.records import locks
from ablations.records.ensembles import Ensembles
from ablations.records.paired_times import PairedTimes, save_times
from ablations.records.record import Record
from ablations.records.store import Store
from ablations.records.tuning import tuned
from ablations.report import claim_texts, experiments, ledger
from ablations.study import Claim, Tuning
from ablations.study.claims import Ordering
from tests.support.trials import FC, GAP, TRAINED, fill, fill_rungs, record
from tests.support.tunings import fill_tuning


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "tiny")


def only(study, store):
    (found,) = findings(study, store)
    return found


def test_a_finished_study_has_a_verdict(store):
    found = only(TRAINED, fill_rungs(store, TRAINED, {"gap": GAP, "fc": FC}))
    assert found.verdict.name == "reproduced"
    assert found.evidence.found.difference == pytest.approx(1.0)
    assert found.evidence.found.n == 8
    assert found.lock is None
    assert found.standing == "exploratory: not locked"


def test_a_locked_study_is_confirmatory(store):
    locks.write_lock(TRAINED, store.folder, None)
    lock = locks.lock_of_study(store.folder, TRAINED)
    found = only(TRAINED, fill_rungs(store, TRAINED, {"gap": GAP, "fc": FC}, lock=lock))
    assert found.lock == lock
    assert found.standing == f"locked as {lock}"


def test_what_ran_before_the_lock_is_exploratory(store):
    locks.write_lock(TRAINED, store.folder, None)
    lock = locks.lock_of_study(store.folder, TRAINED)
    fill_rungs(store, TRAINED, {"gap": GAP, "fc": FC}, lock=lock)
    fill_rungs(store, TRAINED, {"gap": GAP[:1]}, lock=None)
    assert only(TRAINED, store).standing == "exploratory: some trials ran before the lock"


def test_a_hypothesis_that_changed_after_the_lock_is_exploratory(store):
    locks.write_lock(TRAINED, store.folder, None)
    fill_rungs(store, TRAINED, {"gap": GAP, "fc": FC}, lock=locks.lock_of_study(store.folder, TRAINED))
    easier = replace(TRAINED, claim=replace(TRAINED.claim, effect=1.0))
    found = only(easier, store)
    assert found.lock is None
    assert found.standing == "exploratory: the study was changed after it was locked"


def test_missing_seeds_of_the_rung_before_block_the_verdict(store):
    """Whoever could judge before all are there could stop where the difference happens to hold still."""
    fill(store, TRAINED.at(2), {"gap": GAP, "fc": FC})
    fill(store, TRAINED.at(1), {"gap": GAP, "fc": FC[:7]})
    found = only(TRAINED, store)
    assert found.verdict.name == "not judged"
    assert found.verdict.reason == "the rung of 1 epoch has 7 of 8 seeds: whether it still moves is unknown"


def test_missing_seeds_block_the_verdict(store):
    found = only(TRAINED, fill_rungs(store, TRAINED, {"gap": GAP, "fc": FC[:6]}))
    assert found.verdict.name == "not judged"
    assert found.verdict.reason == "fc seeds 6, 7: missing"
    assert found.evidence.found.n == 6, "the seeds that are there are still shown"


def test_a_trial_that_diverged_blocks_the_verdict(store):
    fill_rungs(store, TRAINED, {"gap": GAP, "fc": FC})
    store.write(record(TRAINED, "fc", 3, None, status="diverged", reason="loss nan"), None)
    assert "fc seed 3: diverged" in only(TRAINED, store).verdict.reason


def test_a_trial_that_ended_at_chance_blocks_the_verdict_as_one_that_diverged(store):
    """Its loss did not explode, but what it says of the arm is the same."""
    fill_rungs(store, TRAINED, {"gap": GAP, "fc": FC})
    balanced = {"test": {"top1": 0.8, "top5": 1.0, "loss": 1.0, "balanced_accuracy": 0.12}}
    store.write(record(TRAINED.at(), "fc", 3, metrics=balanced), None)
    store.write(record(TRAINED.at(), "fc", 5, 0.128), None)
    found = only(TRAINED, store)
    assert found.verdict.name == "not judged" and found.verdict.reason.startswith("fc seeds 3, 5: ended at chance;")
    store.write(record(TRAINED.at(), "fc", 3), None)
    store.write(record(TRAINED.at(), "fc", 5, 0.129), None)
    assert "at chance" not in only(TRAINED, store).verdict.reason, "three standard errors over 10% of 1,000 images"


def test_divergence_and_chance_are_part_of_a_measure_that_counts_them(store):
    study = replace(TRAINED, claim=replace(TRAINED.claim, metric="top1_or_chance"))
    fill_rungs(store, study, {"gap": [10.0] * 8, "fc": FC}, before=0.0)
    assert "at chance" not in only(study, store).verdict.reason


def test_unequal_epochs_block_the_verdict(store):
    fill_rungs(store, TRAINED, {"gap": GAP, "fc": FC[:7]})
    longer = TRAINED.change({"epochs": 3}, profile="full").at()
    store.write(record(longer, "fc", 7), None)
    assert "fc seed 7: trained otherwise (epochs 3 instead of 2)" in only(TRAINED, store).verdict.reason
    cut = record(TRAINED.at(), "fc", 7, history=[])
    store.write(cut, None)
    assert "fc seed 7: 0 epochs instead of 2" in only(TRAINED, store).verdict.reason


def test_a_changed_recipe_blocks_the_verdict(store):
    fill_rungs(store, TRAINED, {"gap": GAP, "fc": FC})
    changed = replace(TRAINED, recipe=replace(TRAINED.recipe, learning_rate=0.1))
    reason = only(changed, store).verdict.reason
    assert "gap seeds 0 to 7: trained otherwise (learning_rate 0.05 instead of 0.1)" in reason


def test_a_changed_network_blocks_the_verdict(store):
    fill_rungs(store, TRAINED, {"gap": GAP, "fc": FC})
    changed = replace(TRAINED, base={**TRAINED.base, "dropout": 0.2})
    assert "dropout 0.4 instead of 0.2" in only(changed, store).verdict.reason


def test_other_data_block_the_verdict(store):
    fill_rungs(store, TRAINED, {"gap": GAP, "fc": FC})
    other = record(TRAINED, "fc", 0)
    store.write(Record({**other, "data": {**other["data"], "fingerprint": "g"}}), None)
    assert "trials on different data" in only(TRAINED, store).verdict.reason


def test_other_data_at_a_shorter_rung_block_the_verdict(store):
    """It takes the plateau from there."""
    fill(store, TRAINED.at(2), {"gap": GAP, "fc": FC})
    other = {**record(TRAINED, "fc", 0)["data"], "fingerprint": "g"}
    fill(store, TRAINED.at(1), {"gap": [80.0] * 8, "fc": [81.0] * 8}, data=other)
    found = only(TRAINED, store)
    assert (found.verdict.name, found.verdict.reason) == ("not judged", "trials on different data")


def test_a_tuning_on_other_data_blocks_the_verdict(store):
    study = replace(TRAINED, tuning=Tuning({"learning_rate": (0.05, 0.1)}, epochs=1))
    own = record(TRAINED, "gap", 0).data
    fill_tuning(study, store.folder, data=own)
    chosen = tuned(study, store.folder)
    assert only(study, fill_rungs(store, chosen, {"gap": GAP, "fc": FC})).verdict.name == "reproduced"
    fill_tuning(study, store.folder, data={**own, "fingerprint": "g", "streamed": True})
    assert only(study, store).verdict.name == "reproduced", "the same images, read otherwise"
    fill_tuning(study, store.folder, data={**own, "fingerprint": "g"})
    found = only(study, store)
    assert (found.verdict.name, found.verdict.reason) == ("not judged", "tuned on other data than its trials")


def test_other_data_block_the_verdict_on_an_ordering(store, monkeypatch):
    ordered = replace(TRAINED, claim=None, ordering=Ordering("more is better", "a paper", images=4))
    fill_rungs(store, ordered, {"gap": GAP})
    members = [record(ordered.at(), "gap", seed).address for seed in ordered.seed_range]
    evaluated = Ensembles({"addresses": members, "images": 4}, {})
    monkeypatch.setattr("ablations.records.ensembles.load_ensembles", lambda _: evaluated)
    assert only(ordered, store).verdict.reason == "a row of the order was not evaluated"
    other = {**record(ordered, "gap", 0)["data"], "fingerprint": "g"}
    store.write(record(ordered.at(1), "gap", 0, data=other), None)
    assert only(ordered, store).verdict.reason == "trials on different data"


def test_few_seeds_give_no_verdict(store):
    few = replace(TRAINED, seeds=5)
    found = only(few, fill_rungs(store, few, {"gap": GAP, "fc": FC}))
    assert found.verdict.name == "not judged"
    assert "under 6" in found.verdict.reason


def test_backends_are_judged_apart(store):
    fill_rungs(store, TRAINED, {"gap": GAP, "fc": FC})
    fill_rungs(store, TRAINED, {"gap": GAP[:2], "fc": FC[:2]}, backend="jax")
    on_jax, on_tensorflow = findings(TRAINED, store)
    assert on_jax.verdict.name == "not judged"
    assert on_tensorflow.verdict.name == "reproduced"


def test_trials_on_several_devices_are_judged_apart(store):
    eight = {"address": "8" * 12, "experiment": "eight", "devices": {"replicas": 8}}
    fill_rungs(store, TRAINED, {"gap": GAP, "fc": FC})
    fill_rungs(store, TRAINED, {"gap": GAP[:2], "fc": FC[:2]}, **eight)
    alone, together = findings(TRAINED, store)
    assert (alone.verdict.name, together.verdict.name) == ("reproduced", "not judged")
    assert {record.rounding.replicas for record in together.records} == {8}
    assert " on 8 devices." in experiments.in_full(together) and " on 8 devices" not in experiments.in_full(alone)


def test_the_networks_of_a_verdict_are_those_that_its_claim_compares(store):
    narrow = replace(TRAINED.arms[1], name="narrow", overrides={"head": "fc", "width": 0.01})
    other = replace(TRAINED.arms[1], name="resnet", overrides={"model": "resnet18"})
    study = replace(
        TRAINED,
        base={"stem": "small", "width": 0.03125},
        variants=(TRAINED.variants[0], narrow, other),
        claim=replace(TRAINED.claim, variant="narrow"),
        secondary=(replace(TRAINED.claim, variant="resnet", baseline="gap", effect=None, direction="worse"),),
    )
    fill_rungs(store, study, {"resnet": FC, "narrow": FC, "gap": GAP})
    narrower, another = findings(study, store)
    assert [experiments.brief(found) for found in (narrower, another)] == [
        "googlenet at widths 0.03125 and 0.01, 10 images of digits, 2 epochs",
        "googlenet at width 0.03125 and resnet18 at width 0.03125, 10 images of digits, 2 epochs",
    ]
    assert experiments.in_full(narrower).startswith(
        "googlenet at widths 0.03125 and 0.01, 10 training images of digits (8x8x1)"
    )


def test_holm_counts_every_comparison_that_the_study_declares(store):
    third = replace(TRAINED.arms[1], name="wide", overrides={"width": 0.0625})
    study = replace(TRAINED, variants=(*TRAINED.variants, third))
    found = only(study, fill_rungs(store, study, {"gap": GAP, "fc": FC}))
    assert found.evidence.p_holm == 2 * found.evidence.found.p_value, "two comparisons are declared, one was not run"


def test_the_ledger_is_made_of_the_records_alone(store, tmp_path):
    fill_rungs(store, TRAINED, {"gap": GAP, "fc": FC})
    first = ledger.ledger_page(ledger.collect_ledger([TRAINED], tmp_path))
    again = [path.read_bytes() for path in ledger.write_ledger(ledger.collect_ledger([TRAINED], tmp_path), tmp_path)]
    assert again[1].decode() == first
    interval = stats.ttest_rel(FC, GAP).confidence_interval()
    for words in (
        f"+1.00 [{interval.low:+.2f}, {interval.high:+.2f}]",
        "reproduced",
        "n = 8",
        "gap 80.2%",
        "1 settled, 0 open, 0 not judged",
    ):
        assert words in first, words
    row = ledger.ledger_table(ledger.collect_ledger([TRAINED], tmp_path)).iloc[0]
    assert row["verdict"] == "reproduced"
    assert row["difference"] == pytest.approx(1.0)


def test_a_study_that_was_not_run_is_in_the_ledger(tmp_path):
    page = ledger.ledger_page(ledger.collect_ledger([TRAINED], tmp_path))
    assert "## Not run yet" in page
    assert "python -m ablations run tiny" in page


def test_trials_that_do_not_count_are_named_where_no_other_is_run(store):
    other = replace(TRAINED, rungs=(), recipe=replace(TRAINED.recipe, epochs=2), first_seed=50, seeds=2)
    fill_rungs(store, other, {"gap": GAP[:2], "fc": FC[:1]})
    found = only(TRAINED, store)
    said = "its declared seeds are not run; its page has 3 exploratory trials"
    assert claim_texts.measured(found) == said
    assert f"`python -m ablations run tiny`; {said}" in ledger.ledger_page([found])
    fill_rungs(store, replace(TRAINED, rungs=(), recipe=replace(TRAINED.recipe, epochs=1)), {"gap": GAP})
    found = only(TRAINED, store)
    assert claim_texts.measured(found) == "the rung of 2 epochs is not run; its page has 8 trials of shorter ones"
    assert experiments.in_full(found).endswith("of shorter ones: type `python -m ablations run tiny`")


def test_a_claim_about_step_time_is_judged_on_steps_that_were_timed_in_turn(store):
    """The times of trials depend on what ran beside them."""
    slower = Claim("a hidden layer takes time", "a paper", variant="fc", metric="step_time")
    study = replace(TRAINED, claim=slower)
    fill_rungs(store, study, {"gap": GAP, "fc": FC})
    found = only(study, store)
    assert found.verdict.name == "not judged"
    assert "type `python -m ablations times tiny`" in found.verdict.reason
    seconds = tuple((1.0, 1.1 + tenth / 1000) for tenth in range(8))
    about = {"hardware": {"processor": "CPU"}, "versions": {}, "commit": None, "load": None, "began": "now"}
    save_times(study, store.folder, PairedTimes("tiny", "full", "gap", "fc", seconds, **about))
    found = only(study, store)
    assert found.evidence.found.n == 8, "rounds"
    assert 9.5 < found.evidence.found.difference < 10.5, "per cent: the variant's steps are a tenth longer"
    assert found.verdict.name == "contradicted", "less time is better"
