"""All contestants have the same network and do the same work."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from benchmarks import engines, ours, plain
from benchmarks.cases import AUX_WEIGHT, LEARNING_RATE, MOMENTUM
from benchmarks.contestants import CONTESTANTS
from inception_keras import GoogLeNet, complexity
from tests.support.benchmarks import TINY


@pytest.mark.parametrize("form", ["paper", "batchnorm"])
def test_plain_keras_is_the_same_network(form):
    case = replace(TINY, base={**TINY.base, "preset": form})
    mine = GoogLeNet(input_shape=(32, 32, 3), classes=10, classifier_activation=None, **case.base)
    theirs = plain.build(case)
    assert complexity(theirs).params == complexity(mine).params
    own = {type(layer) for layer in theirs.layers if type(layer).__module__.split(".")[0] != "keras"}
    assert own == ({plain.NaiveResponseNormalization} if form == "paper" else set())
    theirs.set_weights(mine.get_weights())
    images = 20 * np.random.default_rng(0).normal(size=(2, 32, 32, 3)).astype("float32")  # enough for LRN to matter
    np.testing.assert_allclose(theirs(images), mine(images), rtol=1e-3, atol=1e-4)


def test_a_layer_that_nobody_put_back_is_named():
    class Fast(keras.layers.Layer):
        pass

    with pytest.raises(TypeError, match="what is Fast in plain Keras"):
        plain.put_back(Fast())


def test_ours_trains_as_a_trial_does(data_dir):
    case = replace(TINY, work="epoch", dataset="digits", fraction=0.2, data_dir=str(data_dir), augmentation=("crop",))
    task = ours.prepare(case, "feed")
    assert task.steps == 1294 // 5 // TINY.batch  # nine tenths of 1,437 images train
    assert task.images == TINY.batch and task.macs % (3 * TINY.batch) == 0  # forward, and twice that backward
    task.run(2)


def test_ours_has_the_recipe_of_the_peers():
    recipe = ours.study(TINY).recipe
    assert (recipe.learning_rate, recipe.momentum, recipe.aux_weight) == (LEARNING_RATE, MOMENTUM, AUX_WEIGHT)
    assert recipe.weight_decay == 0


@pytest.mark.parametrize("work", ["infer", pytest.param("seed", marks=pytest.mark.slow)])
def test_plain_keras_does_the_same_work(work):
    plain.prepare(replace(TINY, work=work), "").run(1)


@pytest.mark.skipif(bool(CONTESTANTS["torchvision"].missing), reason="the extra `bench` is not installed")
@pytest.mark.parametrize("work", ["train", "infer", "seed"])
@pytest.mark.parametrize("form", ["paper", "batchnorm"])
def test_torchvision_has_the_same_network(form, work):
    from benchmarks import peers

    case = replace(TINY, work=work, base={**TINY.base, "preset": form}, precision="bfloat16")
    task = peers.prepare(case, "channels_last")
    task.run(1)
    assert task.params == complexity(plain.build(case)).params


@pytest.mark.parametrize("name", ["ours_onnxruntime", "ours_openvino", "torchvision_openvino"])
def test_an_engine_has_the_same_network(name):
    contestant = CONTESTANTS[name]
    if contestant.missing:
        ours = name.startswith("ours")
        pytest.skip(
            f"{name} is not installed: pip install -e '.[export]'" if ours else "the extra `bench` is not installed"
        )
    task = engines.prepare(replace(TINY, work="infer"), contestant.setting)
    task.run(1)
    assert task.params == complexity(plain.build(TINY)).params
