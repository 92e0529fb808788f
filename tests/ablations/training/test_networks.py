"""What a builder raises becomes one line that names the variant and what it was built from."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from keras import layers

from ablations import studies
from ablations.study import Variant
from ablations.training.networks import build, prove
from ablations.training.seeding import check_initializers
from inception_keras import UserError
from inception_keras.zoo import Architecture
from tests.support.bench import QUICK

INPUT = ((32, 32, 1), 10)


def test_an_impossible_value_is_named_with_its_variant():
    study = replace(QUICK, variants=(Variant("gap"), Variant("fc", {"head": "fc", "fc_units": 64}, "a number")))
    with pytest.raises(UserError, match="tiny: variant 'fc', .*fc_units=64, can't be built: ") as caught:
        prove(study, *INPUT)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda **kwargs: _raise(ValueError("no such\nlayer")), "can't be built: ValueError: no such layer"),
        (lambda **kwargs: _raise(KeyError("conv1")), "can't be built: KeyError: 'conv1'"),
        (lambda **kwargs: None, "returned NoneType, not a Keras model"),
    ],
)
def test_whatever_a_builder_does_wrong_is_said(monkeypatch, build, sentence):
    told = []
    monkeypatch.setattr(Architecture, "build", lambda self, **kwargs: build(**kwargs))
    with pytest.raises(UserError, match="tiny: variant 'gap', model='three_convolutions'") as caught:
        prove(QUICK, *INPUT, told.append)
    assert sentence in str(caught.value)
    assert told == ["gap"]


@pytest.mark.counts
def test_an_arm_may_have_its_own_precision():
    study = replace(QUICK, variants=(Variant("gap"), Variant("half", recipe={"precision": "bfloat16"})))
    models = [build(study, arm, *INPUT) for arm in study.arms]
    types = [{(layer.compute_dtype, layer.variable_dtype) for layer in model.layers} for model in models]
    assert [("bfloat16", "float32") in own for own in types] == [False, True]


def _raise(error):
    raise error


@pytest.mark.parametrize(("name", "size", "classes"), [("three_convolutions", 32, 2), ("transfer_cifar10", 40, 10)])
def test_arms_that_no_reduced_study_builds_have_their_parameters(name, size, classes):
    study = studies.load(name)
    costs = prove(study, (size, size, 3), classes)
    assert {arm: cost.params for arm, cost in costs.items()} == study.guards.params


def halves(shape, dtype=None):
    return keras.ops.full(shape, 0.5, dtype)


class Scale(layers.Layer):
    """Its initializer is the text that Keras takes for one."""

    def __init__(self):
        super().__init__(name="scale")
        self.factor_initializer = "ones"

    def build(self, shape):
        self.factor = self.add_weight(name="factor", shape=shape[1:], initializer=self.factor_initializer)

    def call(self, inputs):
        return inputs * self.factor


class Forgetful(keras.initializers.Initializer):
    """Made again from its get_config, which Keras leaves empty, it has another scale and no seed."""

    def __init__(self, scale=1.0, seed=None):
        self.scale, self.seed = scale, seed

    def __call__(self, shape, dtype=None):
        return self.scale * keras.random.normal(shape, dtype=dtype, seed=self.seed)


class Unseeded(keras.initializers.Initializer):
    def __call__(self, shape, dtype=None):
        return np.random.default_rng().normal(size=shape).astype(dtype)


@pytest.mark.parametrize(
    ("layer", "sentence"),
    [
        (lambda: layers.Dense(2, kernel_initializer=halves, name="last"), "Dense last draws kernel with halves, which"),
        (Scale, "Scale scale draws factor with 'ones', which can't be seeded: give it an object of keras.initializers"),
        (
            lambda: layers.Dense(2, kernel_initializer=Forgetful(0.01)),
            "with Forgetful, whose get_config lacks scale, seed",
        ),
        (lambda: layers.Dense(2, kernel_initializer=Unseeded()), "with Unseeded, which draws other numbers each time"),
    ],
)
def test_an_initializer_that_can_not_be_seeded_is_refused_before_anything_is_trained(layer, sentence):
    inputs = keras.Input((3,))
    with pytest.raises(UserError, match=sentence):
        check_initializers(keras.Model(inputs, layer()(inputs)))
