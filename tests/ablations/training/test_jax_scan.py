"""Many steps per dispatch on JAX: the images, the steps and the results are those of `fit`."""

from dataclasses import replace
from itertools import islice

import keras
import numpy as np
import pytest

from tests.support.bench import TINY

if keras.backend.backend() != "jax":
    pytest.skip("scanning is JAX's: KERAS_BACKEND=jax", allow_module_level=True)

from ablations.data.augmentation import Augmentation
from ablations.data.batches import normalize, training_batches
from ablations.data.splits import Split
from ablations.records.checkpoints import Checkpoints, capture, restore
from ablations.records.outcomes import Stopped
from ablations.runner.worker import Worker
from ablations.study import Trial, Variant
from ablations.study.recipe import Recipe
from ablations.training import devices, jax_scan
from ablations.training.averaging import WeightAverage
from ablations.training.callback import TrialCallback
from ablations.training.chunks import stack
from ablations.training.devices import Devices
from ablations.training.jax_scan import JaxScan, Resident, Sent
from ablations.training.keras_fit import KerasFit
from ablations.training.progress import TrialListener
from ablations.training.seeding import reset_optimizer, seed_model
from ablations.training.trainer import Trainer
from tests.support.small_networks import small

pytestmark = pytest.mark.jax
STEPS, BATCH = 10, 8
RECIPE = Recipe(epochs=2, batch_size=BATCH, augmentation=("crop", "flip"), precision="float32")
EPOCHS = 2
PLAIN = replace(
    TINY,
    base={"model": "three_convolutions", "width": 0.2},
    fraction=0.1,
    variants=(Variant("fc"), Variant("gap", {"head": "gap"}, "the other head")),
    recipe=replace(TINY.recipe, epochs=EPOCHS),
)


@pytest.fixture(scope="module")
def split():
    random = np.random.default_rng(0)
    count = STEPS * BATCH + 3
    images = random.integers(0, 256, (count, 16, 16, 1), np.uint8)
    return Split(images, random.integers(0, 10, count).astype("int32"), np.arange(count))


def darker(images, generator):
    return images // 2


class Told(TrialListener):
    def __init__(self):
        self.steps = []

    def step(self, epoch, step, loss, top1):
        self.steps.append((epoch, step))


class Trained:
    """A small network and the strategy that trains it."""

    def __init__(self, strategy, split):
        keras.utils.clear_session()
        self.model = small()
        self.strategy = strategy(self.model, split, RECIPE, Devices())

    def begin(self):
        seed_model(self.model, 1)
        reset_optimizer(self.model.optimizer)

    def train(self, epoch, steps=STEPS, exploding=1e9):
        self.watch = TrialCallback(Told(), exploding)
        return self.strategy.train(1, epoch, self.watch, steps)


@pytest.fixture(scope="module")
def fitted(split):
    """Two epochs by `fit`: for each the row that it reports and the state after it."""
    trained = Trained(KerasFit, split)
    trained.begin()
    return [(trained.train(epoch), capture(trained.model)) for epoch in range(2)]


@pytest.fixture(scope="module")
def scanned(split):
    trained = Trained(JaxScan, split)
    trained.strategy.together = 4  # so that an epoch has several chunks, the last of which is not full
    return trained


def test_it_trains_as_fit_does(scanned, fitted):
    scanned.begin()
    before = capture(scanned.model)
    for epoch, (row, state) in enumerate(fitted):
        assert scanned.train(epoch) == pytest.approx(row, rel=1e-5)
        found = capture(scanned.model)
        assert found.keys() == state.keys()
        for name, values in state.items():
            if "seed" in name or "iteration" in name:
                np.testing.assert_array_equal(found[name], values, err_msg=name)
                assert not np.array_equal(before[name], values), "otherwise its equality shows nothing"
            np.testing.assert_allclose(found[name], values, rtol=1e-5, atol=1e-6, err_msg=name)
    assert scanned.watch.listener.steps == [(1, 3), (1, 7), (1, 9)], "the last step of each chunk"


def test_an_epoch_goes_on_from_a_state_bit_for_bit(scanned):
    scanned.begin()
    first = scanned.train(0)
    state = capture(scanned.model)
    second, end = scanned.train(1), capture(scanned.model)
    seed_model(scanned.model, 7)
    restore(scanned.model, state)
    assert scanned.train(1) == second != first
    for name, values in capture(scanned.model).items():
        np.testing.assert_array_equal(values, end[name], err_msg=name)


def lowered(split, learning_rate, epochs):
    """What the schedules say in the first chunk, and the text of its program."""
    keras.utils.clear_session()
    model = small(learning_rate)
    average = WeightAverage(model, replace(RECIPE, averaging="lookahead"), epochs * STEPS)
    scan = JaxScan(model, split, RECIPE, Devices(), average)
    *which, labels = stack(islice(scan._source.batches(1, 0), scan.together), scan.together)[0]
    state = tuple([variable.value for variable in variables] for variables in scan._variables())
    arguments = state, scan._source.pixels(*which), labels, scan._paces(0), np.ones(scan.together, bool)
    return scan._paces(0), jax_scan.jax.jit(scan._chunk).lower(*arguments).as_text()


def test_one_program_serves_every_schedule(split):
    """A GPU compiles it for a minute, and a tuning asks for many schedules."""
    (paces, program), (others, other) = lowered(split, 0.05, 2), lowered(split, 0.1, 7)
    assert not np.allclose(paces.rate, others.rate)
    assert not np.allclose(paces.share, others.share)
    assert program == other


@pytest.mark.parametrize("averaging", ["ema", "lookahead"])
def test_averages_of_weights_are_those_of_fit(split, averaging):
    recipe = replace(RECIPE, averaging=averaging, average_every=3)
    states = []
    for strategy in (KerasFit, JaxScan):
        keras.utils.clear_session()
        model = small()
        average = WeightAverage(model, recipe, 2 * STEPS)
        trained = strategy(model, split, recipe, Devices(), average)
        trained.together = 4
        seed_model(model, 1)
        reset_optimizer(model.optimizer)
        average.reset()
        for epoch in range(2):
            trained.train(1, epoch, TrialCallback(Told(), 1e9), STEPS)
        states.append(capture(model, average.variables))
    fitted, scanned = states
    assert sum(name.startswith("average") for name in fitted) == len(average.sources) > 0
    for name, values in fitted.items():
        np.testing.assert_allclose(scanned[name], values, rtol=1e-4, atol=1e-6, err_msg=name)


def test_what_fills_a_chunk_up_changes_nothing(scanned):
    scanned.begin()
    scanned.train(0, steps=4)
    state = capture(scanned.model)
    scanned.begin()
    scanned.strategy.together, program = 7, scanned.strategy._program
    scanned.strategy._program = None
    scanned.train(0, steps=4)
    scanned.strategy.together, scanned.strategy._program = 4, program
    assert int(scanned.model.optimizer.iterations) == 4
    for name, values in capture(scanned.model).items():
        np.testing.assert_allclose(values, state[name], rtol=1e-5, atol=1e-6, err_msg=name)


def test_it_leaves_off_where_the_loss_runs_away(scanned):
    scanned.begin()
    row = scanned.train(0, exploding=0.1)
    scanned.begin()
    assert scanned.train(0, steps=1) == pytest.approx(row), "up to the step where it did, although the chunk goes on"
    scanned.begin()
    scanned.train(0, exploding=0.1)
    assert scanned.watch.listener.steps == [(0, 0)]


def test_a_split_that_is_sent_ends_in_the_same_bits(scanned, split):
    scanned.begin()
    row, state = scanned.train(0), capture(scanned.model)
    resident, scanned.strategy._source = scanned.strategy._source, Sent(split, RECIPE)
    scanned.begin()
    assert scanned.train(0) == row
    scanned.strategy._source = resident
    for name, values in capture(scanned.model).items():
        np.testing.assert_array_equal(values, state[name], err_msg=name)


@pytest.mark.parametrize(
    "changes",
    [
        {"augmentation": ()},
        {"augmentation": ("crop",)},
        {"augmentation": ("crop", "flip")},
        {"augmentation": ("crop", "alternating_flip"), "crop_pixels": 3, "cutout": 5},
    ],
    ids=str,
)
@pytest.mark.parametrize("source", [Resident, Sent])
def test_the_images_are_those_of_fit_bit_for_bit(split, source, changes):
    recipe = replace(RECIPE, **changes)
    made = list(source(split, recipe).batches(5, 3))
    expected = list(training_batches(split, BATCH, seed=5, epoch=3, augmentation=Augmentation.of(recipe)))
    assert len(made) == len(expected) == STEPS
    *which, labels = (np.stack(parts) for parts in zip(*made, strict=True))
    pixels = np.asarray(source(split, recipe).pixels(*which))
    assert pixels.dtype == np.uint8
    np.testing.assert_array_equal(normalize(pixels), np.stack([images for images, _ in expected]))
    np.testing.assert_array_equal(labels, np.stack([labels for _, labels in expected]))


def test_only_what_fits_lies_on_the_device(split, monkeypatch):
    class Device:
        def __init__(self, memory):
            self.memory = memory

        def memory_stats(self):
            return self.memory

    def with_memory(memory):
        monkeypatch.setattr(jax_scan.jax, "devices", lambda: [Device(memory)])
        return jax_scan.fits(split, RECIPE)

    assert with_memory(None), "a CPU has the split in its memory already"
    assert with_memory({"bytes_limit": 4 * split.images.nbytes})
    assert not with_memory({"bytes_limit": 4 * split.images.nbytes - 1})
    assert not jax_scan.fits(Split(split.images, split.labels, split.ids, size=8), RECIPE), "crops are cut on the host"
    assert not jax_scan.fits(split, replace(RECIPE, augmentation=("crop", darker))), "a user's function is called there"


def train(worker, folder, stop=lambda: False):
    """The outcome of a trial, trained by a worker."""
    address = worker.site.rounding.address(Trial(PLAIN, PLAIN.arms[1], 1, EPOCHS))
    return worker.train("gap", 1, EPOCHS, TrialListener(), folder, stop, address=address)


class TestOfATrial:
    @pytest.fixture(scope="class")
    def worker(self, data_dir):
        """A worker on a CPU that is reported as a GPU."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(devices, "accelerator", lambda: "gpu")
            return Worker(PLAIN, str(data_dir))

    def test_a_gpu_is_asked_for_many_steps(self, worker):
        assert worker.site.rounding.dispatch == "scan"
        assert isinstance(worker._traced("gap", 0, EPOCHS).epochs, JaxScan)
        assert isinstance(Trainer(PLAIN, PLAIN.arms[1], worker.data).epochs, KerasFit)

    def test_a_trial_that_was_stopped_ends_bit_for_bit_as_one_that_was_not(self, worker, tmp_path):
        whole = train(worker, tmp_path / "whole")
        assert whole.status == "done" and len(whole.history) == 2
        with pytest.raises(Stopped):
            train(worker, tmp_path / "parts", stop=lambda: True)
        assert Checkpoints(tmp_path / "parts", worker._origin).load().epoch == 1
        resumed = train(worker, tmp_path / "parts")
        assert (resumed.history, resumed.metrics) == (whole.history, whole.metrics)
        np.testing.assert_array_equal(resumed.test.predictions, whole.test.predictions)

    def test_a_trial_that_diverges_says_so(self, worker, tmp_path):
        trainer = worker._traced("gap", 0, EPOCHS)
        trainer.exploding, before = 1e-3, trainer.exploding
        outcome = train(worker, tmp_path)
        trainer.exploding = before
        assert outcome.status == "diverged" and outcome.reason.endswith("in epoch 1")
        assert outcome.test is None
