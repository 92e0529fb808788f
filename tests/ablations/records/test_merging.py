"""Results of two folders are merged: equal trials join, new ones are copied, conflicts are named."""

from dataclasses import replace

import pytest
from typer.testing import CliRunner

from ablations.cli.app import app
from ablations.records import locks
from ablations.records.doctor import examine
from ablations.records.merging import merge
from ablations.records.store import Store
from ablations.study import Variant
from inception_keras import UserError
from tests.support.bench import TINY
from tests.support.trials import CLAIMED, GAP, TRAINED, fill, record

SCORES = {"gap": [80.0, 81.0], "fc": [79.0, 80.5]}


@pytest.fixture
def ours(tmp_path):
    return fill(Store(tmp_path / "ours" / "tiny"), TINY, {"gap": [80.0, 81.0]})


@pytest.fixture
def theirs(tmp_path):
    return fill(Store(tmp_path / "theirs" / "tiny"), TINY, SCORES)


def merged(ours, theirs):
    (one,) = merge(ours.folder.parent, theirs.folder.parent, None)
    return one


def test_equal_trials_join_and_new_ones_are_copied_with_all_that_they_have(ours, theirs):
    kept = theirs.load()[0]
    theirs.keep_weights(kept, b"weights")
    found = merged(ours, theirs)
    assert (found.taken, found.same, found.conflicts) == (2, 2, [])
    assert ours.load() == theirs.load()
    assert ours.weights_path(kept).read_bytes() == b"weights"
    assert examine(ours.folder.parent, None, repair=False) == []
    again = merged(ours, theirs)
    assert (again.taken, again.same) == (0, 4)


def test_nothing_but_a_folder_is_needed_here(tmp_path, theirs):
    found = merged(Store(tmp_path / "new" / "tiny"), theirs)
    assert (found.taken, found.same) == (4, 0)


def test_a_trial_joins_under_whatever_name_its_variant_had(ours, theirs):
    renamed = replace(TINY, variants=(TINY.variants[0], Variant("dense", TINY.variants[1].overrides, "the other head")))
    fill(ours, renamed, {"dense": SCORES["fc"]})
    assert (merged(ours, theirs).same, len(ours.load())) == (4, 4)


def test_another_result_of_a_trial_is_a_conflict_and_ours_stays(ours, theirs):
    fill(ours, TINY, {"fc": [79.5, 80.5]}, hardware={**ours.load()[0].hardware, "processor": "other"})
    before = ours.load()
    found = merged(ours, theirs)
    (conflict,) = found.conflicts
    assert conflict.path.name.startswith("fc-seed0-") and conflict.remedy == "ours stays"
    assert "done, test top-1 79.0000%; ours done, test top-1 79.5000%" in conflict.problem
    assert "other" in conflict.problem, "the machine"
    assert ours.load() == before


def test_a_result_replaces_a_trial_that_had_none(ours, theirs):
    ours.write(record(TINY, "fc", 0, None, status="killed", reason="by the system"), None)
    found = merged(ours, theirs)
    assert (found.taken, found.same, found.conflicts) == (2, 2, [])
    assert all(one.done for one in ours.load())


def test_trials_on_other_data_are_a_conflict(ours, theirs):
    fill(theirs, TINY, {"fc": [79.0]}, data={**theirs.load()[0].data, "fingerprint": "g"})
    found = merged(ours, theirs)
    assert [one.problem for one in found.conflicts] == ["trained on other digits data (g, not f)"]
    assert found.taken == 1


def test_rungs_on_other_data_are_a_conflict(tmp_path):
    """As two machines leave them that trained a rung each, with `run --rung`."""
    ours, theirs = (Store(tmp_path / name / "tiny") for name in ("ours", "theirs"))
    fill(ours, TRAINED.at(2), {"gap": GAP})
    other = {**record(TRAINED, "gap", 0)["data"], "fingerprint": "g"}
    fill(theirs, TRAINED.at(1), {"gap": GAP[:1]}, data=other)
    found = merged(ours, theirs)
    assert [one.problem for one in found.conflicts] == ["trained on other digits data (g, not f)"]
    assert (found.taken, len(ours.load())) == (0, 8)


def test_rungs_on_two_data_sets_are_not_both_taken(tmp_path):
    theirs = fill(Store(tmp_path / "theirs" / "tiny"), TRAINED.at(2), {"gap": GAP})
    other = {**record(TRAINED, "gap", 0)["data"], "fingerprint": "g"}
    fill(theirs, TRAINED.at(1), {"gap": GAP}, data=other)
    found = merged(Store(tmp_path / "ours" / "tiny"), theirs)
    assert found.taken == len(found.conflicts) == 8


def test_other_settings_of_the_data_are_no_conflict(ours, theirs):
    """Nor is an augmentation for which the training images stay as they are stored: the fingerprint is another one."""
    other = {**record(TINY, "gap", 0)["data"], "fingerprint": "g"}
    cropped = replace(TINY, recipe=replace(TINY.recipe, augmentation=("inception_crop",)))
    for study in (TINY.change({"fraction": 0.1}), TINY.change({"image_size": 16}), cropped):
        fill(theirs, study, {"fc": [70.0]}, data=other)
    assert (merged(ours, theirs).taken, merged(ours, theirs).conflicts) == (5, [])


def test_what_is_damaged_is_named_and_not_taken(ours, theirs):
    (path,) = theirs.records.glob("fc-seed1-*.npz")
    path.write_bytes(path.read_bytes()[:-1])
    found = merged(ours, theirs)
    assert [(one.remedy, "checksum" in one.problem) for one in found.conflicts] == [("not taken", True)]
    assert not list(ours.records.glob("fc-seed1-*"))


def test_locks_are_copied_and_never_replaced(ours, theirs):
    lock = locks.write_lock(replace(CLAIMED, first_seed=50), theirs.folder, None)
    assert merged(ours, theirs).conflicts == []
    copied = ours.folder / "locks" / lock.name
    assert copied.read_bytes() == lock.read_bytes()
    copied.write_bytes(b"{}")
    (conflict,) = merged(ours, theirs).conflicts
    assert conflict.path == lock and copied.read_bytes() == b"{}"


def test_what_is_no_other_folder_of_results_is_refused(tmp_path, ours):
    with pytest.raises(UserError, match="holds no results"):
        merge(ours.folder.parent, tmp_path / "nothing", None)
    with pytest.raises(UserError, match="is the folder of --out itself"):
        merge(ours.folder.parent, ours.folder.parent, None)
    with pytest.raises(UserError, match="did you mean 'tiny'"):
        merge(tmp_path, ours.folder.parent, ["tony"])


def test_the_command_prints_what_it_did_and_exits_with_1_for_a_conflict(ours, theirs):
    words = ["doctor", "--out", str(ours.folder.parent), "--merge", str(theirs.folder.parent)]
    answer = CliRunner().invoke(app, words)
    assert (answer.exit_code, "tiny: 2 trials taken, 2 there already\n" in answer.output) == (0, True)
    fill(theirs, TINY, {"fc": [12.0]})
    answer = CliRunner().invoke(app, words)
    assert (answer.exit_code, "1 conflict\n" in answer.output) == (1, True)
