"""Trainings that start from a file: the trunk is the file's, a frozen one stays so, and another file is refused."""

from dataclasses import replace

import numpy as np
import pytest

from ablations.data import datasets
from ablations.training.networks import build
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
