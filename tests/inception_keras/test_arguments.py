"""Arguments of exported functions that are none: each is one line, and no traceback or silent nonsense."""

import numpy as np
import pytest

from inception_keras import (
    UserError,
    class_activation_map,
    complexity,
    create_model,
    decode_predictions,
    grad_cam,
    list_models,
    score_maps,
    strongest_maps,
)
from inception_keras.weights import convert

IMAGES = np.random.default_rng(0).normal(size=(2, 32, 32, 3)).astype("float32")
MAPS = IMAGES[..., 0]
SCORES = np.eye(1000)[:2]


@pytest.fixture(scope="module")
def net():
    return create_model("three_convolutions", head="gap", classes=3)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda net: decode_predictions(SCORES, top=0), "top must be a whole number above 0; got 0"),
        (lambda net: decode_predictions(SCORES, top="a"), "top must be a whole number above 0; got 'a'"),
        (lambda net: decode_predictions({"aux": SCORES}), "no output 'main', only 'aux'"),
        (lambda net: strongest_maps(net, IMAGES, 2.5), "count must be a whole number"),
        (lambda net: grad_cam(net, IMAGES, layer=3), "no map from a layer 3"),
        (lambda net: class_activation_map(net, "cat.jpg"), "takes images .*; got str"),
        (lambda net: score_maps(net, IMAGES, MAPS * np.nan), "maps must be numbers without NaN"),
        (lambda net: score_maps(net, IMAGES, MAPS, fill=(1, 2)), "fill must be one number, or one for each of 3"),
        (lambda net: complexity(None), "None is not a functional model"),
        (lambda net: list_models(3), "pattern must be a text"),
        (lambda net: convert("a.pth", "a.weights.h5", class_names=[1, 2]), "the name of class 0 must be a text; got 1"),
        (lambda net: convert("a.pth", "a.weights.h5", ignore="aux1"), r"several prefixes, such as \('aux1',\)"),
    ],
)
def test_an_argument_that_is_none_is_one_line(call, words, net):
    with pytest.raises(UserError, match=words):
        call(net)


def test_numbers_and_truth_values_of_numpy(net):
    mask = MAPS > 0.5
    found = score_maps(net, IMAGES, mask, steps=np.int64(4))
    np.testing.assert_array_equal(found.deleted, score_maps(net, IMAGES, mask.astype("float32"), steps=4).deleted)
