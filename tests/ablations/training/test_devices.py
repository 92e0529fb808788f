"""Several (virtual) devices for one trial: `tests/support/devices.py` trains on them in its own process."""

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import keras
import pytest

from ablations.evidence.sections import sections
from ablations.records import doctor
from ablations.records.outcomes import Outcome
from ablations.records.rounding import Rounding
from ablations.records.store import Store
from ablations.records.trials import Cost, Site, make_record
from ablations.runner import run
from ablations.runner.pools import choose
from ablations.study import Trial
from ablations.training import devices as training_devices
from inception_keras import UserError
from tests.support.bench import TINY
from tests.support.paths import ROOT
from tests.support.trials import record

pytestmark = pytest.mark.jax
BACKEND = keras.backend.backend()
COUNT = {"tensorflow": 2, "jax": 4}.get(BACKEND)


@pytest.fixture(scope="module")
def found():
    if COUNT is None:
        pytest.skip(f"no data parallel on {BACKEND}")
    command = [sys.executable, "-m", "tests.support.devices", str(COUNT)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_several_devices_end_as_one_with_the_same_batch(found):
    assert found["replicas"] == COUNT
    assert found["several"]["steps"] == found["one"]["steps"] == 20
    assert found["difference"] < 1e-4, "every weight, moving statistic and momentum after 20 steps in float32"
    assert found["moved"] > 0.01, "otherwise the comparison would show nothing"


def test_what_an_epoch_reports_is_of_all_devices(found):
    assert found["several"]["seen"] == 360, "each example of the test split once"
    assert found["several"].keys() == found["one"].keys()
    assert found["several"] == pytest.approx(found["one"], abs=1e-4)


def test_a_trial_that_was_stopped_ends_bit_for_bit_as_one_that_was_not(found):
    assert found["resumes"]


def test_parts_are_masked_each_in_its_way(found):
    assert found["masks_differ"]


@pytest.mark.skipif(BACKEND != "tensorflow", reason="JAX computes sums over the whole batch")
def test_batch_normalisation_inside_a_layer_of_ones_own_is_synchronised():
    class Block(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = keras.layers.BatchNormalization()

        def call(self, inputs, training=False):
            return self.inner(inputs, training=training)

    block, inputs = Block(), keras.Input((4,))
    strategy = SimpleNamespace(num_replicas_in_sync=2)
    training_devices.Mirrored(strategy).prepare(keras.Model(inputs, block(inputs)))
    assert block.inner.synchronized


def test_nothing_is_left_of_a_distribution(found):
    assert found["is_clean"]
    assert keras.distribution.distribution() is None


def test_a_batch_that_can_not_be_split_is_refused(found):
    assert f"batch_size={2 * COUNT + 1} can't be split evenly over {COUNT} devices" in found["refusal"]
    assert f"--set batch_size={3 * COUNT}" in found["refusal"]


def test_one_device_is_used_as_without_the_switch(monkeypatch):
    if BACKEND == "jax":
        monkeypatch.setattr(keras.distribution, "list_devices", lambda: ["cpu:0"])
    devices = training_devices.find_devices("data", 31)
    assert (type(devices), devices.distribute, devices.replicas) == (training_devices.Devices, "data", 1)


@pytest.mark.parametrize(
    ("accelerator", "dispatch"), [("gpu", "scan"), ("tpu", "step"), ("cpu", "step"), (None, "step")]
)
def test_a_gpu_on_jax_is_asked_for_many_steps(monkeypatch, accelerator, dispatch):
    monkeypatch.setattr(training_devices, "accelerator", lambda: accelerator)
    assert training_devices.find_devices("none", 32).dispatch == dispatch


def test_what_is_asked_for_many_steps_is_jax():
    assert (training_devices.accelerator() is None) == (BACKEND != "jax")


def test_a_switch_that_is_not_known_is_refused(tmp_path):
    with pytest.raises(UserError, match="unknown --distribute 'date': did you mean 'data'\\? allowed are 'none'"):
        run.run_study(TINY, tmp_path, None, None, choose.choose_pool(0), distribute="date")
    assert not list(tmp_path.iterdir())


def test_other_backends_are_refused(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with pytest.raises(UserError, match="works with the backends tensorflow and jax, not with torch"):
        training_devices.find_devices("data", 32)


def test_several_jobs_can_not_all_have_all_devices():
    with pytest.raises(UserError, match="takes all devices for one trial: set --jobs 1, not 2"):
        choose.choose_pool(2, distribute="data")
    assert choose.choose_pool(1, distribute="data").size == choose.choose_pool(0, distribute="data").size == 1


class TestOfARecord:
    TRIAL = Trial(TINY, TINY.arms[0], 0)

    def record(self, distribute="none", replicas=1, dispatch="step") -> dict:
        made = record(TINY, "gap", 0)
        site = Site(
            made["data"], made["hardware"], made["versions"], Rounding("tensorflow", replicas, dispatch), distribute
        )
        done = Outcome(metrics=made["metrics"], times=made["times"])
        return make_record(self.TRIAL, done, site=site, cost=Cost(1, 1, 1, 1, 1), lock=None, attempts=1, commit="abc")

    def test_it_says_how_many_devices(self):
        assert self.record("data", 8)["devices"] == {"distribute": "data", "replicas": 8, "global_batch": 32}
        assert self.record()["devices"] == {"distribute": "none", "replicas": 1, "global_batch": 32}

    def test_one_replica_has_the_address_of_older_records(self):
        older = record(TINY, "gap", 0)
        for made in (self.record(), self.record("data")):
            assert (made["address"], made["experiment"]) == (older["address"], older["experiment"])

    def test_several_have_addresses_of_their_own(self):
        records = [self.record("data", replicas) for replicas in (1, 2, 8)]
        assert len({made["address"] for made in records}) == len({made["experiment"] for made in records}) == 3
        assert records[2]["address"] == Rounding("tensorflow", replicas=8).address(self.TRIAL)

    def test_many_steps_a_dispatch_have_addresses_of_their_own(self, tmp_path):
        store = Store(tmp_path / "tiny")
        store.prepare()
        for dispatch in ("step", "scan"):
            store.write(self.record(dispatch=dispatch), None)
        titles = [section.title for section in sections(store, TINY)]
        assert titles == ["full", "full, many steps a dispatch"], "two sections: they are never compared"
        assert len({record["address"] for record in store.load()}) == 2
        assert [record["devices"].get("dispatch") for record in store.load()].count("scan") == 1
        assert doctor.examine(tmp_path, None, repair=False) == []

    def test_they_are_never_compared_with_others(self, tmp_path):
        store = Store(tmp_path / "tiny")
        store.prepare()
        store.write(record(TINY, "gap", 0), None)  # a record that says nothing of devices
        store.write(self.record("data", 8), None)
        assert [section.title for section in sections(store, TINY)] == ["full", "full, 8 devices a trial"]
        assert doctor.examine(tmp_path, None, repair=False) == []
