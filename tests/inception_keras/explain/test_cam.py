"""Class activation maps add up to the logit; Grad-CAM agrees with them where both exist, and works elsewhere too."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from inception_keras import (
    GoogLeNet,
    UserError,
    class_activation_map,
    create_model,
    feature_layers,
    feature_maps,
    grad_cam,
    list_models,
    strongest_maps,
)
from inception_keras.explain.cam import has_exact_map, resized
from inception_keras.explain.faithfulness import score_maps
from inception_keras.explain.gradients import gradient
from inception_keras.explain.tails import Tail

SMALL = {"stem": "small", "stem_stride": 2, "width": 0.0625, "input_shape": (32, 32, 3), "classes": 5}
ONE_BRANCH = {**SMALL, "branches": ("1x1",)}
CLASSES = [3, 0, 4]


def with_biases(model: keras.Model) -> keras.Model:
    draw = np.random.default_rng(1)
    for weight in model.weights:
        if weight.path.endswith("bias"):
            weight.assign(draw.normal(0.1, 0.1, weight.shape))
    return model


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).normal(size=(3, 32, 32, 3)).astype("float32")


@pytest.fixture(scope="module")
def models():
    """One model per head, each with a softmax, `gap` also with auxiliary heads: maps must ignore both."""
    keras.utils.set_random_seed(0)
    models = {
        "gap": with_biases(GoogLeNet(aux_heads="4a", **{**ONE_BRANCH, "input_shape": (40, 40, 3), "stem_stride": 1})),
        "conv": with_biases(GoogLeNet(head="conv", **ONE_BRANCH)),
        "fc": with_biases(GoogLeNet(head="fc", fc_units=(8,), **SMALL)),
    }
    bias = models["conv"].get_layer("head_classifier").bias
    bias.assign(np.array(bias) + 0.5)  # otherwise the ReLU may output zeros for a class
    return models


def logits(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """The logits up to a constant per image, computed from the output's probabilities."""
    outputs = model(images, training=False)
    outputs = outputs["main"] if isinstance(outputs, dict) else outputs
    return np.log(ops.convert_to_numpy(outputs).astype("float64"))


def test_a_scale_of_the_logits_is_part_of_the_map(images):
    model = with_biases(GoogLeNet(logit_scale=0.25, classifier_activation=None, **ONE_BRANCH))
    bias = 0.25 * np.array(model.get_layer("head_classifier").bias)
    for number in (0, 3):
        own = class_activation_map(model, images, number, resize=False).sum(axis=(1, 2)) + bias[number]
        np.testing.assert_allclose(own, ops.convert_to_numpy(model(images))[:, number], atol=1e-5)


@pytest.mark.parametrize("mode", ["int8", "int4"])
def test_a_quantised_classifier_has_no_exact_map(images, mode):
    """Its kernel is whole numbers, with which the map would not add up to the logit."""
    model = with_biases(GoogLeNet(classifier_activation=None, **ONE_BRANCH))
    model.get_layer("head_classifier").quantize(mode)
    with pytest.raises(UserError, match=f"'head_classifier' is quantised to {mode}: use grad_cam"):
        class_activation_map(model, images)
    assert not has_exact_map(model) and np.isfinite(grad_cam(model, images, 1)).all()


@pytest.mark.parametrize("head", ["gap", "conv"])
def test_the_unresized_map_adds_up_to_the_logit_and_grad_cam_is_the_same(models, head):
    model, images = models[head], np.random.default_rng(2).normal(size=(3, *models[head].input_shape[1:]))
    own, bias = [], np.array(model.get_layer("head_classifier").bias) if head == "gap" else np.zeros(5)
    for number in (1, 4):
        maps = class_activation_map(model, images, number, resize=False)
        own.append(maps.mean(axis=(1, 2)) * maps.shape[1] * maps.shape[2] + bias[number])
        rectified = np.maximum(maps, 0)
        np.testing.assert_allclose(grad_cam(model, images, number, resize=False), rectified, atol=1e-6)
        np.testing.assert_allclose(grad_cam(model, images, number, resize=False, rectify=False), maps, atol=1e-6)
        assert np.ptp(maps) > 1e-4
    own, expected = np.stack(own, axis=1), logits(model, images)[:, [1, 4]]
    np.testing.assert_allclose(own - own[:, :1], expected - expected[:, :1], atol=1e-4)
    # and the absolute value, which a softmax does not show
    linear = Tail(model)
    whole = ops.convert_to_numpy(keras.Model(linear.graph.input, linear.logits)(images.astype("float32")))
    np.testing.assert_allclose(own, whole[:, [1, 4]], atol=1e-4)


def test_grad_cam_weighs_each_channel_with_its_mean_gradient(images):
    """Against the kernel of a linear layer on the flattened map, whose rows are the gradients."""
    model = with_biases(GoogLeNet(head="fc", fc_units=(), **SMALL))
    maps = ops.convert_to_numpy(keras.Model(model.input, model.get_layer("inception_5b_output").output)(images))
    kernel = np.array(model.get_layer("head_classifier").kernel).reshape(*maps.shape[1:], 5)
    expected = np.stack(
        [(m * kernel[..., c].mean(axis=(0, 1))).sum(axis=-1) for m, c in zip(maps, CLASSES, strict=True)]
    )
    found = grad_cam(model, images, CLASSES, rectify=False, resize=False)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    np.testing.assert_allclose(grad_cam(model, images, CLASSES, resize=False), np.maximum(found, 0))


def test_the_gradient_is_that_of_small_steps(models, images):
    tail = Tail(models["fc"])
    maps = ops.convert_to_numpy(tail.head()(images, training=False)) + 0.5

    def score(maps):
        return ops.sum(tail(maps)[:, 2])

    slope = gradient(score, maps)
    steepest = slope / np.linalg.norm(slope)
    ahead, behind = (float(score(ops.convert_to_tensor(maps + step * steepest))) for step in (1e-2, -1e-2))
    assert (ahead - behind) / 2e-2 == pytest.approx(np.linalg.norm(slope), rel=0.02)
    np.testing.assert_array_equal(gradient(lambda x: ops.sum(ops.zeros((2,))), maps), 0)


@pytest.mark.parametrize("head", ["conv", "fc"])
def test_maps_have_the_images_size_and_by_default_the_predicted_class(models, images, head):
    model = models[head]
    found, best = grad_cam(model, images), logits(model, images).argmax(axis=1)
    assert found.shape == (3, 32, 32) and found.dtype == np.float32 and (found >= 0).all()
    np.testing.assert_array_equal(found, grad_cam(model, images, best))
    np.testing.assert_allclose(found[1:2], grad_cam(model, images[1:2], int(best[1])), atol=1e-6)


def test_more_images_than_a_batch_and_resizing(models, images, monkeypatch):
    monkeypatch.setattr("inception_keras.explain.cam.BATCH", 2)
    whole = class_activation_map(models["conv"], images, CLASSES)
    monkeypatch.undo()
    np.testing.assert_allclose(whole, class_activation_map(models["conv"], images, CLASSES), atol=1e-7)
    corner = np.zeros((1, 4, 4))
    corner[0, 0, 3] = 1  # upper right
    large = resized(corner, (32, 32))[0]
    assert large[0, 31] == large.max() == 1 and large[:, :16].max() == large[16:].max() == 0


def test_nothing_is_added_to_the_model(models, images):
    model = models["fc"]
    before = [len(layer._inbound_nodes) for layer in model.layers]
    grad_cam(model, images)
    assert [len(layer._inbound_nodes) for layer in model.layers] == before


def test_another_layer(models, images):
    found = grad_cam(models["fc"], images, layer="inception_4e_output", resize=False)
    assert found.shape == (3, 8, 8)
    with pytest.raises(UserError, match="is only one of the paths"):
        grad_cam(models["fc"], images, layer="inception_5b_1x1")
    with pytest.raises(UserError, match="no map from a layer 'aux_4a_conv_relu'"):  # it does not lead to `main`
        Tail(models["gap"], "aux_4a_conv_relu")
    with pytest.raises(UserError, match="no map from a layer 'inception_5b_outptu'; layers with a map include"):
        grad_cam(models["fc"], images, layer="inception_5b_outptu")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"images": np.zeros((32, 32, 3))}, "takes images"),
        ({"images": np.zeros((0, 32, 32, 3))}, "one or more"),
        ({"images": np.zeros((2, 32, 31, 3))}, r"\(n, 32, 32, 3\), one or more; got \(2, 32, 31, 3\)"),
        ({"class_index": 5}, "has the classes 0 to 4; got class_index 5"),
        ({"class_index": -1}, "0 to 4"),
        ({"class_index": 1.0}, "whole number"),
        ({"class_index": True}, "whole number"),
        ({"class_index": [1, 2]}, "one for each of 3 images"),
    ],
)
def test_what_does_not_fit(models, images, change, words):
    with pytest.raises(UserError, match=words):
        grad_cam(models["conv"], **{"images": images, **change})


def test_models_without_an_exact_map_or_any(models, images):
    assert has_exact_map(models["gap"]) and has_exact_map(models["conv"]) and not has_exact_map(models["fc"])
    with pytest.raises(UserError, match="use grad_cam"):
        class_activation_map(models["fc"], images)
    with pytest.raises(UserError, match="does not end in classes"):
        grad_cam(create_model("three_convolutions", include_top=False), images)
    with pytest.raises(UserError, match="1 x 1"):
        grad_cam(create_model("vgg11", head="gap", width=0.05, input_shape=(32, 32, 3)), images)
    image = keras.Input((8, 8, 3))
    hidden = keras.Model(image, layers.Dense(2, "tanh", name="last")(layers.Flatten()(image)))
    with pytest.raises(UserError, match="hides its logits: 'last' applies an activation that is neither softmax"):
        grad_cam(hidden, np.zeros((1, 8, 8, 3)))
    both = layers.Add()([layers.GlobalAveragePooling2D()(image), layers.GlobalMaxPooling2D()(image)])
    with pytest.raises(UserError, match="no map"):
        grad_cam(keras.Model(image, layers.Dense(2)(both)), np.zeros((1, 8, 8, 3)))


def test_models_of_others():
    model = keras.Sequential(
        [
            keras.Input((None, None, 3)),
            layers.Conv2D(6, 3, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(4),
        ]
    )
    images = np.random.default_rng(0).normal(size=(2, 9, 12, 3)).astype("float32")
    maps = class_activation_map(model, images, 1, resize=False)
    assert maps.shape == (2, 7, 10)
    np.testing.assert_allclose(maps.sum(axis=(1, 2)), ops.convert_to_numpy(model(images))[:, 1], atol=1e-5)


def transfer(end, seed=0, trunk=None):
    """A network as tutorials build it: scaling, a trunk as one layer, a head that `end` makes of its features."""
    keras.utils.set_random_seed(seed)
    image = keras.Input((12, 12, 3), name="pixels")
    inner = keras.Input((12, 12, 3))
    x = layers.Conv2D(5, 3, activation="relu", name="first")(inner)
    x = layers.Conv2D(6, 3, strides=2, activation="relu", name="second")(x)
    trunk = trunk or keras.Model(inner, layers.GlobalAveragePooling2D(name="pooled")(x), name="trunk")
    return keras.Model(image, end(trunk(layers.Rescaling(1 / 255, name="scaling")(image))), name="transfer")


def test_a_trunk_inside_of_a_model_is_looked_into():
    """`pooling="avg"` hides the trunk's last map, and the map before it is the scaled picture."""
    model = transfer(lambda x: layers.Dense(3, name="classifier")(x))
    images = np.random.default_rng(0).uniform(0, 255, (2, 12, 12, 3)).astype("float32")
    trunk, kernel = model.get_layer("trunk"), np.array(model.get_layer("classifier").kernel)
    counts = [len(layer._inbound_nodes) for layer in trunk.layers]
    last = keras.Model(trunk.input, trunk.get_layer("second").output)
    maps = ops.convert_to_numpy(last(images / 255))
    expected = (maps * kernel[:, 1]).sum(axis=-1) / 16
    np.testing.assert_allclose(grad_cam(model, images, 1, rectify=False, resize=False), expected, atol=1e-6)
    np.testing.assert_allclose(class_activation_map(model, images, 1, resize=False), expected, atol=1e-6)
    assert grad_cam(model, images, layer="first", resize=False).shape == (2, 10, 10)
    assert strongest_maps(model, images, 1, layer="second")[0][0].branch == "second"
    assert strongest_maps(model, images, 1, layer="first")[0][0].map.shape == (10, 10)
    assert feature_layers(model, (1, 2)) == {1: "first", 2: "second"}
    np.testing.assert_allclose(feature_maps(model, (2,))(images)["stride_2"], maps, atol=1e-6)
    trunk.get_layer("second").kernel.assign(2 * trunk.get_layer("second").kernel)  # weights are shared, not copied
    np.testing.assert_allclose(grad_cam(model, images, 1, rectify=False, resize=False), 2 * expected, atol=1e-5)
    assert max(len(layer._inbound_nodes) for layer in trunk.layers) <= max(counts) + 1, "one more call, not one per map"


def test_a_whole_classifier_inside_of_a_model():
    """Its probabilities are not taken for logits."""
    inner = transfer(lambda x: layers.Dense(3, name="classifier")(x))
    squashed = keras.Model(inner.input, layers.Softmax(name="probabilities")(inner.output), name="classifier_of_pixels")
    outer = keras.Sequential([keras.Input((12, 12, 3)), layers.Identity(name="nothing"), squashed])
    images = np.random.default_rng(0).uniform(0, 255, (2, 12, 12, 3)).astype("float32")
    np.testing.assert_allclose(grad_cam(outer, images, 2), grad_cam(inner, images, 2), atol=1e-6)


def test_a_nested_model_is_a_layer_with_a_map_too():
    inner = keras.Input((12, 12, 3))
    trunk = keras.Model(inner, layers.Conv2D(6, 3, name="only")(inner), name="trunk")
    model = transfer(lambda x: layers.Dense(3)(layers.GlobalMaxPooling2D()(x)), trunk=trunk)
    images = np.random.default_rng(0).uniform(0, 255, (1, 12, 12, 3)).astype("float32")
    np.testing.assert_array_equal(grad_cam(model, images, layer="trunk"), grad_cam(model, images, layer="only"))
    pooled = transfer(lambda x: layers.Dense(3)(x))
    with pytest.raises(UserError, match="no map from a layer 'trunk'"):
        grad_cam(pooled, images, layer="trunk")


def test_a_trunk_that_can_not_be_looked_into_is_named():
    class Own(keras.Model):
        def __init__(self):
            super().__init__(name="own")
            self.convolution, self.pooling = layers.Conv2D(4, 3), layers.GlobalAveragePooling2D()

        def call(self, x):
            return self.pooling(self.convolution(x))

    images = np.zeros((1, 12, 12, 3))
    model = transfer(lambda x: layers.Dense(3)(x), trunk=Own())
    with pytest.raises(UserError, match="transfer: the last map is inside of 'own'"):
        grad_cam(model, images)
    inner = keras.Input((12, 12, 3))
    same = keras.Model(inner, layers.GlobalAveragePooling2D()(layers.Conv2D(3, 3, name="scaling")(inner)), name="same")
    with pytest.raises(UserError, match="inside of 'same'.*names of their own"):  # two layers called `scaling`
        grad_cam(transfer(lambda x: layers.Dense(3)(x), trunk=same), images)


@pytest.mark.parametrize("activation", ["softmax", "sigmoid", "log_softmax"])
def test_a_classifier_with_its_own_activation_has_logits(activation):
    """`Dense(10, activation="softmax")`, as tutorials and Keras Applications end."""
    images = np.random.default_rng(0).uniform(0, 255, (2, 12, 12, 3)).astype("float32")
    plain, own = (transfer(lambda x, end=end: layers.Dense(3, end)(x)) for end in (None, activation))
    separate = transfer(lambda x: layers.Activation("linear")(layers.Dense(3, activation)(x)))
    operation = transfer(lambda x: getattr(ops, activation)(layers.Dense(3)(x)))
    before = ops.convert_to_numpy(own(images))
    for model in (own, separate, operation):
        np.testing.assert_allclose(grad_cam(model, images), grad_cam(plain, images), atol=1e-6)
        np.testing.assert_allclose(class_activation_map(model, images), class_activation_map(plain, images), atol=1e-6)
    np.testing.assert_array_equal(ops.convert_to_numpy(own(images)), before)  # its activation is back
    maps = np.random.default_rng(1).random((2, 12, 12))
    scored = [score_maps(model, images, maps, steps=2).deleted for model in (plain, own)]
    np.testing.assert_allclose(*scored, atol=1e-6)


# one that is quick to build, one whose head pools to one pixel first; `make test-all` covers the whole zoo
QUICK = ("three_convolutions", "mobilenet_v3_small")
WHOLE_ZOO = [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in list_models()]


@pytest.mark.parametrize("name", WHOLE_ZOO)
def test_every_network_of_the_zoo(name):
    shape = (32, 32, 3) if name == "three_convolutions" else (97, 129, 3)
    few = {"fc_units": (16, 16)} if name.startswith(("alexnet", "zfnet", "vgg")) else {}
    model = create_model(name, input_shape=shape, classes=4, **few)
    images = np.random.default_rng(0).normal(size=(1, *shape)).astype("float32")
    found = grad_cam(model, images, rectify=False)
    assert found.shape == (1, *shape[:2]) and np.isfinite(found).all() and np.ptp(found) > 0
    if has_exact_map(model):
        np.testing.assert_allclose(class_activation_map(model, images), found, atol=1e-3 * np.abs(found).max())
    assert strongest_maps(model, images, 1)[0][0].map.ndim == 2


def test_the_strongest_maps_by_branch(models, images):
    model, branches = models["fc"], {f"inception_5b_{branch}" for branch in ("1x1", "3x3", "5x5", "pool_proj")}
    found = strongest_maps(model, images, count=64)
    last = feature_layers(model)[8]
    maps = ops.convert_to_numpy(keras.Model(model.input, model.get_layer(last).output)(images))
    for own, rows in zip(maps, found, strict=True):
        assert len(rows) == own.shape[-1] == 64 and {row.branch for row in rows} == branches
        np.testing.assert_allclose([row.strength for row in rows], np.sort(own.mean(axis=(0, 1)))[::-1], rtol=1e-5)
    branch = keras.Model(model.input, model.get_layer(f"{found[0][0].branch}_relu").output)
    expected = ops.convert_to_numpy(branch(images))[0, ..., found[0][0].channel]
    np.testing.assert_allclose(found[0][0].map, expected, atol=1e-6)
    of_one = strongest_maps(model, images, 9, layer="inception_3a_3x3_relu")[0]
    assert len(of_one) == 8 and {row.branch for row in of_one} == {"inception_3a_3x3"}
    with pytest.raises(UserError, match="at least 1"):
        strongest_maps(model, images, 0)
