"""Checkpoints of a trial: damaged ones are skipped, the last two stay, and a resumed trial ends the same."""

from dataclasses import replace

import numpy as np
import pytest

from ablations.data import datasets
from ablations.records.checkpoints import Checkpoints, State, capture, restore
from ablations.records.outcomes import Stopped
from ablations.training.progress import TrialListener
from ablations.training.trainer import Trainer
from inception_keras import UserError
from tests.support.bench import TINY

STATE = State(3, {"model-00000-kernel": np.arange(6, dtype="float32").reshape(2, 3)}, {"history": [1.5]})


def state(epoch):
    return replace(STATE, epoch=epoch)


def test_a_state_comes_back(tmp_path):
    checkpoints = Checkpoints(tmp_path / "a", origin={"code": "1"})
    assert checkpoints.load() is None
    checkpoints.save(STATE)
    found = checkpoints.load()
    assert (found.epoch, found.notes) == (3, {"history": [1.5]})
    np.testing.assert_array_equal(found.variables["model-00000-kernel"], STATE.variables["model-00000-kernel"])


def test_the_last_two_are_kept(tmp_path):
    checkpoints = Checkpoints(tmp_path)
    for epoch in (1, 2, 10):
        checkpoints.save(state(epoch))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["epoch-00002.ckpt", "epoch-00010.ckpt"]


@pytest.mark.parametrize("length", [0, 10, 32, 200])
def test_a_truncated_one_is_passed_over(tmp_path, length):
    checkpoints = Checkpoints(tmp_path)
    for epoch in (1, 2):
        checkpoints.save(state(epoch))
    newest = tmp_path / "epoch-00002.ckpt"
    newest.write_bytes(newest.read_bytes()[:length])
    assert checkpoints.load().epoch == 1


def test_a_flipped_byte_is_noticed(tmp_path):
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(STATE)
    (path,) = tmp_path.iterdir()
    content = bytearray(path.read_bytes())
    content[-30] ^= 1
    path.write_bytes(content)
    assert checkpoints.load() is None


def test_a_state_of_other_code_is_not_resumed(tmp_path):
    Checkpoints(tmp_path, origin={"code": "1"}).save(STATE)
    assert Checkpoints(tmp_path, origin={"code": "2"}).load() is None
    assert Checkpoints(tmp_path, origin={"code": "1"}).load() is not None


def test_new_states_stay_beside_later_ones_that_can_not_be_resumed(tmp_path):
    for epoch in (29, 30):
        Checkpoints(tmp_path, origin={"hardware": {"cores": 2}}).save(state(epoch))
    checkpoints = Checkpoints(tmp_path, origin={"hardware": {"cores": 1}})
    assert checkpoints.load() is None
    for epoch in (1, 2, 3):
        assert checkpoints.save(state(epoch)).exists()
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["epoch-00002.ckpt", "epoch-00003.ckpt"]
    assert checkpoints.load().epoch == 3


def test_files_of_one_machine_are_the_files_of_another(tmp_path):
    checkpoints, others = Checkpoints(tmp_path / "a"), Checkpoints(tmp_path / "b")
    for epoch in (1, 2):
        checkpoints.save(state(epoch))
    for name, content in checkpoints.files().items():
        others.put(name, content)
    assert others.files() == checkpoints.files() and len(others.files()) == 2


def test_what_was_passed_over_is_said_with_the_part_that_differs(tmp_path):
    ours = {"versions": {"keras": "3.1"}, "hardware": {"cores": 1, "accelerators": []}, "code": "b"}
    theirs = {"versions": {"keras": "3.1"}, "hardware": {"cores": 2, "accelerators": []}, "code": "a"}
    told = []
    Checkpoints(tmp_path, ours).save(state(1))
    Checkpoints(tmp_path, theirs).save(state(2))
    assert Checkpoints(tmp_path, ours).load(tell=lambda *said: told.append(said)).epoch == 1
    assert told == [(2, "it was trained with other hardware (cores 2, now 1) and other code (a, now b)")]
    (tmp_path / "epoch-00002.ckpt").write_bytes(b"damaged")
    assert Checkpoints(tmp_path, ours).load(tell=lambda *said: told.append(said)).epoch == 1
    assert told[1:] == [(2, "the file is damaged")]
    Checkpoints(tmp_path, ours).save(state(2))
    assert Checkpoints(tmp_path, ours).load(tell=lambda *said: told.append(said)).epoch == 2 and len(told) == 2


def test_states_of_older_versions_which_do_not_name_their_data_are_passed_over(tmp_path):
    told = []
    Checkpoints(tmp_path, "{'keras': '3.1'} {'cores': 1} a").save(STATE)
    assert Checkpoints(tmp_path, {"code": "a"}).load(tell=lambda *said: told.append(said)) is None
    assert told == [(3, "it was trained with an older version of this program")]


def test_a_folder_that_can_not_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="can't be written"):
        Checkpoints(tmp_path / "file" / "a").save(STATE)


class TestOfATrial:
    @pytest.fixture(scope="class")
    def data(self):
        return datasets.load("digits", image_size=32, fraction=0.2)

    @pytest.fixture(scope="class")
    def study(self):
        # has dropout, momenta and moving statistics, which must all be restored
        return replace(TINY, recipe=replace(TINY.recipe, epochs=3))

    @pytest.fixture(scope="class")
    def trainer(self, study, data):
        return Trainer(study, study.arms[0], data)

    def test_all_variables_come_back(self, trainer):
        trainer.train(0, TrialListener())
        before = capture(trainer.model)
        kinds = " ".join(before)
        assert all(word in kinds for word in ("kernel", "moving_mean", "seed_generator", "momentum", "iteration"))
        trainer.train(1, TrialListener())
        after = capture(trainer.model)
        assert any(not np.array_equal(before[name], after[name]) for name in before)
        restore(trainer.model, before)
        for name, value in capture(trainer.model).items():
            np.testing.assert_array_equal(value, before[name], err_msg=name)

    def test_another_network_is_refused(self, trainer):
        with pytest.raises(ValueError, match="a checkpoint of another network"):
            restore(trainer.model, {"model-00000-kernel": np.zeros(3)})

    def test_a_trial_in_three_parts_ends_as_one(self, trainer, study, data, tmp_path):
        whole = trainer.train(5, TrialListener())
        checkpoints = Checkpoints(tmp_path)
        for process in (trainer, Trainer(study, study.arms[0], data)):
            process.train(6, TrialListener())  # what a process did before must not matter
            with pytest.raises(Stopped):
                process.train(5, TrialListener(), checkpoints, lambda: True)
        parts = trainer.train(5, TrialListener(), checkpoints, lambda: True)
        assert parts.history == whole.history
        assert parts.metrics == whole.metrics
        np.testing.assert_array_equal(parts.test.predictions, whole.test.predictions)
        assert parts.times["total"] > 0

    def test_a_trial_that_was_killed_before_its_record_only_evaluates(self, trainer, tmp_path, monkeypatch):
        whole = trainer.train(5, TrialListener(), Checkpoints(tmp_path))
        monkeypatch.setattr(trainer.epochs, "train", lambda *a: pytest.fail("trained again"))
        again = trainer.train(5, TrialListener(), Checkpoints(tmp_path))
        assert (again.history, again.metrics) == (whole.history, whole.metrics)
        assert set(again.times) == set(whole.times)
