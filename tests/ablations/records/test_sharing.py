"""The same trial is never trained twice: what another study has trained is taken, and a record says so."""

import shutil
from dataclasses import replace

import pytest

from ablations.records import locks
from ablations.records.doctor import examine
from ablations.records.rounding import Rounding
from ablations.records.sharing import take_shared
from ablations.records.store import Store
from ablations.study import Variant
from inception_keras import UserError
from tests.support.bench import TINY
from tests.support.trials import CLAIMED, fill

WIDER = Variant("wider", {"width": 0.25}, "more channels")
# Its baseline is the one of `tiny`, under another name.
OTHER = replace(CLAIMED, name="other", variants=(replace(CLAIMED.variants[0], name="pooled"), WIDER), claim=None)
ASKED = replace(OTHER, claim=replace(CLAIMED.claim, variant="wider"))


def taken(tmp_path, study=OTHER, backend="tensorflow", fingerprint="f"):
    """The records of a study whose trials were taken."""
    store = Store(tmp_path / study.name)
    store.prepare()
    take_shared(store, study.trials(), Rounding(backend, 1, "step"), fingerprint)
    return store.load()


@pytest.fixture
def trained(tmp_path):
    return fill(Store(tmp_path / "tiny"), TINY, {"gap": [80.0, 81.0], "fc": [79.0, 80.0]})


def test_a_trial_of_another_study_is_taken_under_the_name_of_its_arm_here(tmp_path, trained):
    found, ours = taken(tmp_path), Store(tmp_path / "other")
    assert [(one.study, one.variant, one.seed) for one in found] == [("other", "pooled", 0), ("other", "pooled", 1)]
    assert [one.shared for one in found] == [{"study": "tiny", "lock": None}] * 2
    for one, original in zip(found, trained.load()[2:], strict=True):
        assert (one.metrics, one.history, one.times) == (original.metrics, original.history, original.times)
        assert (ours.correct(one) == trained.correct(original)).all()
    assert examine(tmp_path, None, repair=False) == []


def test_a_copy_of_a_copy_names_the_study_that_trained(tmp_path, trained):
    taken(tmp_path)
    for one in trained.load():
        trained.path(one).unlink()
    third = taken(tmp_path, replace(OTHER, name="third"))
    assert {one.shared["study"] for one in third} == {"tiny"}


def test_final_weights_come_along_where_they_are_kept(tmp_path, trained):
    kept = trained.load()[2]
    entry = trained.keep_weights(kept, b"weights")
    trained.put(type(kept)({**kept, "weights": entry}), trained.answer_file(kept))
    (one,) = [found for found in taken(tmp_path) if found.seed == kept.seed]
    assert Store(tmp_path / "other").weights_path(one).read_bytes() == b"weights"
    assert one["weights"] == entry


def test_damaged_weights_are_not_taken_and_a_run_that_keeps_weights_takes_no_trial_without(tmp_path, trained):
    kept = trained.load()[2]
    trained.put(type(kept)({**kept, "weights": trained.keep_weights(kept, b"weights")}), trained.answer_file(kept))
    store = Store(tmp_path / "other")
    store.prepare()
    found = take_shared(store, OTHER.trials(), Rounding("tensorflow", 1, "step"), "f", weights=True)
    assert [one.record.seed for one in found] == [kept.seed], "the other would have to be trained for its weights"
    trained.weights_path(kept).write_bytes(b"damaged")
    shutil.rmtree(store.folder)
    (one,) = [one for one in taken(tmp_path) if one.seed == kept.seed]
    assert "weights" not in one and not store.weights_path(one).exists()


def test_one_arm_at_one_rung_and_the_other_at_another_is_no_known_difference(tmp_path):
    study = replace(CLAIMED, name="again", recipe=replace(CLAIMED.recipe, epochs=2), rungs=(1, 2))
    store = Store(tmp_path / "tiny")
    fill(store, replace(study, name="tiny").at(1), {"gap": [80.0]})
    fill(store, replace(study, name="tiny").at(2), {"fc": [80.0]})
    assert locks.write_lock(study, tmp_path / "again", "abc").is_file()


@pytest.mark.parametrize("where", [{"fingerprint": "g"}, {"backend": "jax"}], ids=["data", "backend"])
def test_a_trial_on_other_data_or_another_backend_is_another_trial(tmp_path, trained, where):
    assert taken(tmp_path, **where) == []


def test_trials_without_a_result_and_damaged_ones_are_not_taken(tmp_path, trained):
    first, second = trained.load()[2:]
    trained.put(type(first)({**first, "status": "killed", "metrics": {}}), None)
    trained.path(second, "npz").write_bytes(b"damaged")
    assert taken(tmp_path) == []


def test_a_locked_study_takes_no_exploratory_trials(tmp_path, trained):
    locks.write_lock(ASKED, tmp_path / "other", "abc")
    assert taken(tmp_path, ASKED) == []


def test_a_locked_study_takes_locked_trials_and_keeps_both_locks(tmp_path):
    theirs = locks.write_lock(CLAIMED, tmp_path / "tiny", "abc").stem
    fill(Store(tmp_path / "tiny"), CLAIMED, {"gap": [80.0]}, lock=theirs)
    ours = locks.write_lock(ASKED, tmp_path / "other", "abc").stem
    (one,) = taken(tmp_path, ASKED)
    assert (one.lock, one.shared) == (ours, {"study": "tiny", "lock": theirs})


def test_a_study_is_not_locked_once_others_have_trained_both_arms_of_a_comparison(tmp_path, trained):
    again = replace(CLAIMED, name="again")
    with pytest.raises(UserError, match=r"both arms of fc and gap were trained with seeds 0, 1 already \(tiny\)"):
        locks.write_lock(again, tmp_path / "again", "abc")
    locks.write_lock(replace(again, first_seed=2), tmp_path / "again", "abc")
