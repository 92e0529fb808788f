"""Which data the stored trials of a study had, and what a run on other data is told."""

from dataclasses import replace

import pytest

from ablations.records.store import Store
from ablations.records.trained_data import check_data, was_streamed
from ablations.records.tuning import tuned
from ablations.study import Tuning
from inception_keras import UserError
from tests.support.bench import TINY
from tests.support.trials import record
from tests.support.tunings import fill_tuning


@pytest.mark.parametrize(
    ("dataset", "advice"),
    [
        ("folder:pics", "what is there has changed since: put the old files back, or set another --out$"),
        ("numpy:mine.npz", "what is there has changed since"),
        ("cifar10:3.0.2", "set --data-dir to that data, or another --out$"),
    ],
)
def test_results_of_other_data_say_what_to_do_about_it(tmp_path, dataset, advice):
    study = replace(TINY, dataset=dataset)
    kept = record(study, "gap", 0)
    (store := Store(tmp_path)).prepare()
    store.write(kept, None)
    check_data(study, tmp_path, kept.data)
    with pytest.raises(UserError, match=f"holds results of other {dataset} data .*now other.: {advice}"):
        check_data(study, tmp_path, {**kept.data, "fingerprint": "other"})


def test_trials_run_on_the_data_of_their_tuning_and_read_it_in_the_same_way(tmp_path):
    study = replace(TINY, tuning=Tuning({"learning_rate": (0.05, 0.1)}, epochs=1))
    own = {**record(TINY, "gap", 0).data, "streamed": True}
    fill_tuning(study, tmp_path, data=own)
    chosen = tuned(study, tmp_path)
    assert was_streamed(chosen, tmp_path)
    check_data(chosen, tmp_path, own)
    with pytest.raises(UserError, match="holds results of other digits data"):
        check_data(chosen, tmp_path, {**own, "fingerprint": "other", "counts": {"train": 1}})


@pytest.mark.parametrize(("streamed", "advice"), [(False, "free memory, until"), (True, "set --data-dir to it as Arr")])
def test_data_that_was_only_read_otherwise_is_told_apart(tmp_path, streamed, advice):
    kept = record(TINY, "gap", 0)
    (store := Store(tmp_path)).prepare()
    assert was_streamed(TINY, tmp_path) is None
    now = {**kept.data, "fingerprint": "other"}
    (kept.data if streamed else now)["streamed"] = True
    store.write(kept, None)
    assert was_streamed(TINY, tmp_path) is streamed
    ways = (
        r"was streamed from disk and now is in memory" if streamed else r"was in memory and now is streamed from disk"
    )
    with pytest.raises(UserError, match=rf"digits data that {ways}, which can't be compared .*now other.: {advice}"):
        check_data(TINY, tmp_path, now)
