"""Trainings that start from a file: the trunk is the file's, a frozen one stays so, and another file is refused."""

from dataclasses import replace

import numpy as np
import pytest

from ablations.data import datasets
from ablations.training.networks import build, prove
from ablations.training.progress import TrialListener
from ablations.training.seeding import seed_model
from ablations.training.trainer import Trainer
from inception_keras import UserError
from inception_keras.io.layer_pairs import is_head
from inception_keras.io.manifests import sha256
from tests.support.bench import TINY

pytestmark = pytest.mark.jax


@pytest.fixture(scope="module")
def data():
    return datasets.load("digits", image_size=32, fraction=0.2)


@pytest.fixture(scope="module")
def start(data, tmp_path_factory):
    """A file of weights, as a study names it, and its arrays by layer."""
    model = build(TINY, TINY.baseline, data.image_shape, classes=7)
    seed_model(model, 99)
    path = tmp_path_factory.mktemp("start") / "trunk.weights.h5"
    model.save_weights(path)
    return f"{path}@{sha256(path)[:12]}", {layer.name: layer.get_weights() for layer in model.layers}


def started(weights: str, freeze: str):
    return replace(TINY, base={**TINY.base, "weights": weights, "freeze": freeze})


@pytest.mark.parametrize("freeze", ["none", "trunk"])
def test_the_trunk_is_that_of_the_file_and_trained_unless_it_is_frozen(data, start, freeze):
    weights, arrays = start
    study = started(weights, freeze)
    trainer = Trainer(study, study.baseline, data)
    trainer._start(0, None, TrialListener())
    trunk = [layer for layer in trainer.model.layers if layer.weights and not is_head(layer.name)]
    assert trunk
    for layer in trunk:
        for ours, theirs in zip(layer.get_weights(), arrays[layer.name], strict=True):
            np.testing.assert_array_equal(ours, theirs, err_msg=layer.name)
    head = trainer.model.get_layer("head_classifier")
    before = np.array(head.kernel)
    trainer.train(0, TrialListener())
    same = [
        all(np.array_equal(one, two) for one, two in zip(layer.get_weights(), arrays[layer.name], strict=True))
        for layer in trunk
    ]
    assert all(same) if freeze == "trunk" else not any(same)
    assert not np.array_equal(head.kernel, before)


def test_the_head_starts_from_the_seed_and_not_from_the_file(data, start):
    study = started(start[0], "trunk")
    trainer = Trainer(study, study.baseline, data)
    heads = []
    for seed in (0, 1, 0):
        trainer._start(seed, None, TrialListener())
        heads.append(np.array(trainer.model.get_layer("head_classifier").kernel))
    np.testing.assert_array_equal(heads[0], heads[2])
    assert not np.array_equal(heads[0], heads[1])


def test_another_file_at_the_place_is_refused(data, start):
    path, _, digits = start[0].rpartition("@")
    study = started(f"{path}@{digits[::-1]}", "none")
    with pytest.raises(UserError, match="has the SHA-256 .*, but the study starts from"):
        Trainer(study, study.baseline, data)._start(0, None, TrialListener())


@pytest.fixture(scope="module")
def trunks(data, tmp_path_factory):
    """A list of three files, as a study names it, and the kernels of a layer of their trunks."""
    folder, kernels = tmp_path_factory.mktemp("trunks"), []
    for seed in (90, 91, 92):
        model = build(TINY, TINY.baseline, data.image_shape, classes=7)
        seed_model(model, seed)
        model.save_weights(folder / f"trunk-{seed}.weights.h5")
        kernels.append(np.array(model.get_layer(LAYER).kernel))
    files = sorted(folder.glob("*.h5"))
    path = folder / "trunks.sha256"
    path.write_text("".join(f"{sha256(file)}  {file.name}\n" for file in files))
    return f"{path}@{sha256(path)[:12]}", kernels


LAYER = "inception_3a_1x1"


@pytest.mark.parametrize("freeze", ["none", "trunk"])
def test_of_a_list_each_seed_has_its_own_trunk(data, trunks, freeze):
    weights, kernels = trunks
    study = started(weights, freeze)
    trainer = Trainer(study, study.baseline, data)
    for seed in (1, 0, 2, 4):
        trainer._start(seed, None, TrialListener())
        np.testing.assert_array_equal(np.array(trainer.network.get_layer(LAYER).kernel), kernels[seed % 3])
    assert trainer.suits(5), "images are shown, so it has no maps"


def test_a_list_is_short_of_seeds_or_none(data, trunks, tmp_path):
    path = trunks[0].partition("@")[0]
    many = replace(started(trunks[0], "trunk"), seeds=4)
    with pytest.raises(UserError, match="lists 3 files, too few for 4 seeds: .* or take fewer, --seeds 3"):
        prove(many, data.image_shape, data.classes)
    prove(replace(many, seeds=3), data.image_shape, data.classes)
    (other := tmp_path / "other.sha256").write_text("trunk-90.weights.h5\n")
    with pytest.raises(UserError, match="no list of files as `sha256sum"):
        prove(started(f"{other}@{sha256(other)[:12]}", "trunk"), data.image_shape, data.classes)
    with pytest.raises(UserError, match="has the SHA-256 .*, but the study starts from"):
        prove(started(f"{path}@0123456789ab", "trunk"), data.image_shape, data.classes)


def test_a_listed_file_that_was_replaced_is_refused(data, trunks, tmp_path):
    path = tmp_path / "trunks.sha256"
    (tmp_path / "a.weights.h5").write_bytes(b"another")
    path.write_text(f"{'0' * 64}  a.weights.h5\n")
    study = started(f"{path}@{sha256(path)[:12]}", "none")
    with pytest.raises(UserError, match="has the SHA-256 .*, but the study starts from 0000"):
        Trainer(study, study.baseline, data)._start(0, None, TrialListener())
