"""A head that is trained on the maps of a frozen trunk: the same trial as on images, up to rounding."""

from dataclasses import replace

import numpy as np
import psutil
import pytest

from ablations.data import datasets
from ablations.records.checkpoints import Checkpoints
from ablations.records.outcomes import Stopped
from ablations.records.store import Store
from ablations.runner.loggers.base import Reporter
from ablations.runner.pools.choose import choose_pool
from ablations.runner.run import run_study
from ablations.training import trainer as trainers
from ablations.training.evaluation import evaluate
from ablations.training.networks import build
from ablations.training.progress import TrialListener
from ablations.training.seeding import seed_model
from ablations.training.trainer import Trainer
from inception_keras.errors import UserError
from inception_keras.io.manifests import sha256
from tests.support.bench import TINY

RECIPE = replace(TINY.recipe, epochs=3, augmentation=())
FROZEN = replace(TINY, recipe=RECIPE, base={**TINY.base, "freeze": "trunk"}, evaluations=("train", "shifts"))


@pytest.fixture(scope="module")
def data():
    return datasets.load("digits", image_size=32, fraction=0.2)


@pytest.fixture(scope="module")
def study(data, tmp_path_factory):
    """A study whose frozen trunk starts from a file; the network whitens its input, which the file has too."""
    made = replace(FROZEN, base={**FROZEN.base, "whitening": True})
    network = build(made, made.baseline, data.image_shape, data.classes)
    seed_model(network, 99)
    network.save_weights(path := tmp_path_factory.mktemp("start") / "trunk.weights.h5")
    return replace(made, base={**made.base, "weights": f"{path}@{sha256(path)[:12]}"})


@pytest.mark.parametrize("arm", [pytest.param(0, marks=pytest.mark.jax), 1])
def test_a_head_on_maps_is_the_head_on_images(study, data, monkeypatch, arm):
    on_maps = Trainer(study, study.arms[arm], data)
    assert on_maps.model.input_shape == (None, 4, 4, 12), "the last map"
    found = on_maps.train(3, TrialListener())
    monkeypatch.setattr(trainers, "is_fixed", lambda *parts: False)
    on_images = Trainer(study, study.arms[arm], data)
    assert on_images.model is on_images.network
    expected = on_images.train(3, TrialListener())
    for one, other in zip(found.history, expected.history, strict=True):
        np.testing.assert_allclose(one["loss"], other["loss"], rtol=1e-4)
    for split in ("validation", "test", "train", "shift_1", "shift_8"):
        assert found.metrics[split]["top1"] == pytest.approx(expected.metrics[split]["top1"], abs=0.01), split
    for one, other in zip(on_maps.network.weights, on_images.network.weights, strict=True):
        np.testing.assert_allclose(np.array(one), np.array(other), rtol=1e-3, atol=1e-4, err_msg=one.path)


def test_each_seed_has_its_own_head_and_a_stopped_trial_ends_bit_for_bit(study, data, tmp_path):
    trainer = Trainer(study, study.baseline, data)
    whole = trainer.train(1, TrialListener())
    other = trainer.train(2, TrialListener())
    with pytest.raises(Stopped):
        trainer.train(1, TrialListener(), Checkpoints(tmp_path), stop=lambda: True)
    resumed = trainer.train(1, TrialListener(), Checkpoints(tmp_path))
    assert resumed.history == whole.history != other.history


def test_what_is_free_at_the_moment_changes_no_trial(study, data, monkeypatch):
    machine = psutil.virtual_memory()
    monkeypatch.setattr(psutil, "virtual_memory", lambda: machine._replace(available=0))
    assert Trainer(study, study.baseline, data).model.input_shape == (None, 4, 4, 12)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: machine._replace(total=2**20))
    assert Trainer(study, study.baseline, data).model.input_shape == (None, 32, 32, 1)


def test_a_state_on_maps_is_passed_over_on_images_and_said(study, data, monkeypatch, tmp_path):
    class Told(TrialListener):
        def passed_over(self, epochs, why):
            told.append((epochs, why))

    told = []
    with pytest.raises(Stopped):
        Trainer(study, study.baseline, data).train(1, Told(), Checkpoints(tmp_path), stop=lambda: True)
    monkeypatch.setattr(trainers, "is_fixed", lambda *parts: False)
    with pytest.raises(Stopped):
        Trainer(study, study.baseline, data).train(1, Told(), Checkpoints(tmp_path), stop=lambda: True)
    ((epochs, why),) = told
    assert epochs == 1 and why.startswith("it holds the variables of another network")


@pytest.mark.parametrize(
    "change",
    [
        {"recipe": replace(RECIPE, augmentation=("flip",))},
        {"recipe": replace(RECIPE, cutout=4)},
        {"evaluations": ("mirrored",)},
        {"base": {"freeze": "none"}},
        {"base": {"weights": None}},
        {"base": {"aux_heads": True}},
    ],
)
def test_where_maps_could_change_the_network_sees_images(study, data, change):
    changed = replace(study, **{**change, "base": {**study.base, **change.get("base", {})}})
    assert Trainer(changed, changed.baseline, data).model.input_shape == (None, 32, 32, 1)


@pytest.fixture(scope="module")
def by_seed(study, data, tmp_path_factory):
    """The study with a list of two trunks in place of one, and the studies that start from each of them."""
    folder, lines, alone = tmp_path_factory.mktemp("trunks"), [], []
    for seed in (98, 99):
        network = build(study, study.baseline, data.image_shape, data.classes)
        seed_model(network, seed)
        network.save_weights(path := folder / f"{seed}.weights.h5")
        lines.append(f"{sha256(path)}  {path.name}\n")
        alone.append(replace(study, base={**study.base, "weights": f"{path}@{sha256(path)}"}))
    (path := folder / "trunks.sha256").write_text("".join(lines))
    return replace(study, base={**study.base, "weights": f"{path}@{sha256(path)[:12]}"}, seeds=2), alone


def test_maps_are_those_of_the_trunk_of_the_seed(by_seed, data):
    study, alone = by_seed
    for seed in (0, 1):
        trainer = Trainer(study, study.baseline, data, seed=seed)
        assert trainer.model.input_shape == (None, 4, 4, 12) and trainer.suits(seed + 2)
        assert not trainer.suits(seed + 1)
        expected = Trainer(alone[seed], study.baseline, data).train(seed, TrialListener())
        assert trainer.train(seed, TrialListener()).history == expected.history
        with pytest.raises(AssertionError, match="another trunk's maps"):
            trainer.train(seed + 1, TrialListener())


def test_a_run_takes_the_trunk_of_each_seed(by_seed, data, data_dir, tmp_path):
    study, alone = by_seed
    found = {}
    for name, one in (("listed", study), *((f"alone{seed}", replace(one, seeds=2)) for seed, one in enumerate(alone))):
        run_study(one, tmp_path / name, str(data_dir), lambda missing, done: Reporter(missing, done), choose_pool(0))
        found[name] = {(r.variant, r.seed): r.metrics for r in Store(tmp_path / name / one.name).load()}
    for variant in ("gap", "fc"):
        for seed in (0, 1):
            assert found["listed"][variant, seed] == found[f"alone{seed}"][variant, seed]
    assert found["alone0"] != found["alone1"]


def test_to_be_timed_it_needs_no_file(study, data):
    missing = replace(study, base={**study.base, "weights": "missing.weights.h5@0123456789ab"})
    pace = Trainer(missing, missing.baseline, data, only_timed=True).probe()
    assert min(pace.compile, pace.step, pace.image) > 0
    with pytest.raises(UserError, match=r"missing\.weights\.h5"):
        Trainer(missing, missing.baseline, data)


def test_what_is_kept_is_the_whole_network(study, data, data_dir, tmp_path):
    one = replace(study, seeds=1)
    run_study(one, tmp_path, str(data_dir), lambda *_: Reporter(), choose_pool(0), keep_weights=True)
    store = Store(tmp_path / "tiny")
    record = next(record for record in store.load() if record.variant == one.baseline.name)
    network = build(one, one.baseline, data.image_shape, data.classes)
    network.load_weights(store.weights_path(record))
    found = evaluate(network, data.validation, 32).metrics
    assert found["top1"] == pytest.approx(record["metrics"]["validation"]["top1"], abs=0.01)
