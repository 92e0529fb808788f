"""Batch normalisation folded into the layers before it: the same numbers from fewer layers."""

import keras
import numpy as np
import pytest
from keras import layers

from inception_keras import GoogLeNet, UserError, complexity, inference_model, list_models
from inception_keras.graph.folding import fold_batch_normalization
from tests.support.forward import forward
from tests.support.zoo import ONE_BRANCH, SMALL, images, small

# Largest difference allowed, in standard deviations of the logits. Measured on TensorFlow: at most 5e-6 over the zoo.
FLOAT32 = 2e-5
IMAGENET = {"stem": "imagenet", "stem_stride": 1, "input_shape": (64, 64, 3)}
GOOGLENETS = [
    {"preset": "batchnorm"},
    # explicit padding before conv1
    {**IMAGENET, "preset": "batchnorm", "input_shape": (65, 97, 3), "branches": ("1x1",)},
    {"preset": "torchvision", "aux_heads": True, "branches": ("1x1",)},
    {"preset": "slim", "aux_heads": True, "branches": ("1x1",)},  # no gamma
    {**IMAGENET, "preset": "batchnorm", "stem": "separable", "head": "fc", "branches": ("1x1",)},
]
# One network for each position of batch normalisation that GoogLeNet does not have; `make test-all` covers the zoo.
NETWORKS = {"resnet18", "mobilenet_v2", "densenet121", "efficientnet_b0"}
EXAMINED = [pytest.param(name, marks=() if name in NETWORKS else pytest.mark.slow) for name in list_models()]


def normalizations(model: keras.Model) -> list:
    return [layer for layer in model.layers if isinstance(layer, layers.BatchNormalization)]


@pytest.fixture(autouse=True)
def _same_kernels():
    """Fixes the seed: with some random kernels a small network outputs only zeros."""
    keras.utils.set_random_seed(0)


def train(model: keras.Model) -> keras.Model:
    """Sets the variables of batch normalisation at random, since the initial values change nothing; returns `model`.

    Variances are above 1: around 1 the deepest networks amplify differences, and in EfficientNet B7 one rounding of the
    input becomes a difference as large as the logits, folded or not.
    """
    rng = np.random.default_rng(0)
    for norm in normalizations(model):
        shape = norm.moving_mean.shape
        norm.moving_mean.assign(rng.normal(0, 0.1, shape))
        norm.moving_variance.assign(rng.uniform(1, 3, shape))
        if norm.scale:
            norm.gamma.assign(rng.uniform(0.5, 1.5, shape))
        if norm.center:
            norm.beta.assign(rng.normal(0, 0.3, shape))
    return model


def googlenet(**toggles) -> keras.Model:
    keras.utils.set_random_seed(0)
    return train(GoogLeNet(**{**SMALL, "classifier_activation": None, **toggles}))


def difference(model: keras.Model, folded: keras.Model) -> float:
    """The largest difference of the logits, in standard deviations of the logits."""
    x = images(model)
    a, b = forward(model, x), forward(folded, x)
    assert a.dtype == b.dtype == "float32" and a.std() > 0
    return float(np.abs(a - b).max() / a.std())


def weights(model: keras.Model) -> int:
    return complexity(model).params + complexity(model).moving_statistics


@pytest.mark.parametrize("toggles", GOOGLENETS)
def test_googlenet_computes_the_same_without_batch_normalization(toggles):
    model = inference_model(googlenet(**toggles))
    folded = inference_model(model, fold=True)
    assert difference(model, folded) < FLOAT32
    assert (folded.name, folded.input_shape, folded.output_shape) == (model.name, model.input_shape, (None, 10))
    gone = {norm.name for norm in normalizations(model)}
    assert gone and [layer.name for layer in folded.layers] == [n.name for n in model.layers if n.name not in gone]
    cost, before = complexity(folded), complexity(model)
    assert (cost.moving_statistics, cost.macs, cost.activations) == (0, before.macs, before.activations)
    # beta becomes a bias per channel, and gamma disappears
    assert cost.params == before.params - sum(norm.gamma.shape[0] for norm in normalizations(model) if norm.scale)


@pytest.mark.jax
def test_auxiliary_heads_are_left_out_first():
    model = googlenet(preset="batchnorm", aux_heads=True, **ONE_BRANCH)
    folded = inference_model(model, fold=True)
    assert not [layer for layer in folded.layers if layer.name.startswith("aux")]
    assert folded.name == inference_model(model).name
    x = images(model)
    np.testing.assert_allclose(forward(folded, x), forward(model, x)["main"], atol=FLOAT32, rtol=FLOAT32)


@pytest.mark.parametrize("name", EXAMINED)
def test_every_network_of_the_zoo_computes_the_same(name):
    model = train(small(name, classifier_activation=None))
    folded = inference_model(model, fold=True)
    assert difference(model, folded) < FLOAT32
    stay = {norm.name for norm in normalizations(folded)}
    if name.startswith("densenet"):  # most of it stands before convolutions, after concatenations
        assert "conv2_block1_0_bn" in stay and "conv2_block1_1_bn" not in stay and "bn" in stay
    else:
        assert not stay
    assert (weights(folded) < weights(model)) == bool(normalizations(model))


@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "bfloat16"])
def test_bfloat16_is_folded_in_full_precision(dtype):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype)
    try:
        model = googlenet(preset="batchnorm", **ONE_BRANCH)
    finally:
        keras.config.set_dtype_policy(before)
    folded = inference_model(model, fold=True)
    for layer in folded.layers[1:]:  # after the input
        assert layer.dtype_policy.name == model.get_layer(layer.name).dtype_policy.name
    # 8 bits of mantissa, rounded at each layer; with all branches 0.013 was measured, as far as both are from float32
    assert difference(model, folded) < 0.05
    conv, norm = model.get_layer("conv2_3x3"), model.get_layer("conv2_3x3_bn")
    kernel, gamma, variance = (
        keras.ops.convert_to_numpy(v).astype("float64") for v in (conv.kernel, norm.gamma, norm.moving_variance)
    )
    expected = kernel * gamma / np.sqrt(variance + norm.epsilon)
    got = keras.ops.convert_to_numpy(folded.get_layer("conv2_3x3").kernel).astype("float64")
    np.testing.assert_allclose(got, expected, rtol=2**-23 if dtype == "mixed_bfloat16" else 2**-8)


@pytest.mark.jax
def test_a_model_without_batch_normalization_is_an_equal_copy():
    model = googlenet(preset="paper", **ONE_BRANCH)
    folded = inference_model(model, fold=True)
    assert folded is not model and folded.get_config() == model.get_config()
    assert difference(model, folded) == 0
    again = inference_model(inference_model(googlenet(preset="slim", **ONE_BRANCH), fold=True), fold=True)
    assert not normalizations(again)


@pytest.mark.jax
def test_the_copy_has_weights_of_its_own_and_keeps_what_is_frozen():
    model = googlenet(preset="batchnorm", **ONE_BRANCH)
    model.get_layer("conv2_3x3").trainable = False
    model.compile("sgd", "sparse_categorical_crossentropy")
    folded = inference_model(model, fold=True)
    assert not {id(v) for v in model.variables} & {id(v) for v in folded.variables}
    assert not folded.compiled
    assert [layer.name for layer in folded.layers if not layer.trainable] == ["conv2_3x3"]
    x = images(model)
    before = forward(folded, x)
    for variable in model.variables:
        variable.assign(np.zeros(variable.shape))
    np.testing.assert_array_equal(forward(folded, x), before)
    model.trainable = False
    assert not inference_model(model, fold=True).trainable_variables


@pytest.mark.jax
def test_it_is_saved_and_comes_back(tmp_path):
    folded = inference_model(googlenet(preset="slim", aux_heads=True, **ONE_BRANCH), fold=True)
    folded.save(tmp_path / "folded.keras")
    again = keras.models.load_model(tmp_path / "folded.keras")
    assert [layer.name for layer in again.layers] == [layer.name for layer in folded.layers]
    np.testing.assert_array_equal(forward(again, images(again)), forward(folded, images(folded)))


def chain(*parts) -> keras.Model:
    x = image = layers.Input((8, 8, 4), name="image")
    for part in parts:
        x = part(x)
    return keras.Model(image, x)


def shared_layer() -> keras.Model:
    conv, norm = layers.Conv2D(4, 3, padding="same"), layers.BatchNormalization(name="stays")
    return chain(conv, conv, norm)


def shared_normalization() -> keras.Model:
    norm = layers.BatchNormalization(name="stays")
    return chain(layers.Conv2D(4, 3), norm, layers.Conv2D(4, 3), norm)


def read_twice() -> keras.Model:
    norm = layers.BatchNormalization(name="stays")
    return chain(layers.Conv2D(4, 3), lambda x: layers.Add()([x, norm(x)]))


def output_too() -> keras.Model:
    model = chain(layers.Conv2D(4, 3, name="conv"), layers.BatchNormalization(name="stays"))
    return keras.Model(model.input, [model.output, model.get_layer("conv").output])


@pytest.mark.jax
@pytest.mark.parametrize(
    "build",
    [
        lambda: chain(layers.MaxPooling2D(), layers.BatchNormalization(name="stays")),
        lambda: chain(layers.Conv2D(4, 3), layers.ReLU(), layers.BatchNormalization(name="stays")),
        lambda: chain(layers.BatchNormalization(name="stays")),
        lambda: chain(layers.Conv2D(4, 3, activation="relu"), layers.BatchNormalization(name="stays")),
        lambda: chain(layers.Conv2D(6, 3), layers.BatchNormalization(axis=1, name="stays")),
        lambda: chain(layers.Conv2D(4, 3), layers.BatchNormalization(name="stays", dtype="float16")),
        lambda: chain(layers.Conv2DTranspose(4, 3), layers.BatchNormalization(name="stays")),
        shared_layer,
        shared_normalization,
        read_twice,
        output_too,
    ],
)
def test_what_can_not_be_folded_stays(build):
    model = train(build())
    folded = fold_batch_normalization(model)
    assert [layer.name for layer in folded.layers] == [layer.name for layer in model.layers]
    for a, b in zip(folded.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.jax
@pytest.mark.parametrize("arguments", [{"scale": False}, {"center": False}, {"epsilon": 0.1}])
@pytest.mark.parametrize("use_bias", [False, True])
@pytest.mark.parametrize(
    ("kind", "sizes"),
    [
        (layers.Conv2D, {"filters": 6, "kernel_size": 3, "strides": 2, "groups": 2}),
        (layers.DepthwiseConv2D, {"kernel_size": 3, "depth_multiplier": 3}),
        (layers.SeparableConv2D, {"filters": 6, "kernel_size": 3, "depth_multiplier": 2}),
        (layers.Dense, {"units": 5}),
    ],
)
def test_every_kind_of_layer_is_folded(kind, sizes, use_bias, arguments):
    layer = kind(**sizes, use_bias=use_bias, bias_initializer="random_normal", name="layer")
    model = train(chain(layer, layers.BatchNormalization(**arguments)))
    folded = fold_batch_normalization(model)
    assert [layer.name for layer in folded.layers] == ["image", "layer"]
    assert difference(model, folded) < FLOAT32


@pytest.mark.jax
def test_normalization_with_the_batchs_own_statistics_stays():
    norm = layers.BatchNormalization(name="stays")
    model = chain(layers.Conv2D(4, 3), lambda x: norm(x, training=True))
    assert normalizations(fold_batch_normalization(model))
    inside = chain(layers.Conv2D(4, 3), layers.BatchNormalization(name="stays"))
    model = fold_batch_normalization(chain(lambda x: inside(x, training=True)))
    assert normalizations(model.layers[1])


@pytest.mark.jax
def test_models_inside_are_folded_and_adapted_layers_keep_their_numbers():
    adapted = layers.Normalization()
    adapted.adapt(np.random.default_rng(0).normal(3, 5, (8, 8, 8, 4)))
    trunk = chain(layers.Conv2D(4, 3, name="conv"), layers.BatchNormalization(), layers.ReLU())
    trunk.name = "trunk"
    train(trunk)
    model = chain(adapted, lambda x: trunk(x, training=False), layers.GlobalAveragePooling2D())
    folded = fold_batch_normalization(model)
    assert not normalizations(folded.get_layer("trunk"))
    assert difference(model, folded) < FLOAT32


@pytest.mark.jax
def test_a_sequential_model_is_folded():
    model = keras.Sequential([layers.Input((8, 8, 4)), layers.Conv2D(4, 3), layers.BatchNormalization()], name="three")
    train(model)
    folded = inference_model(model, fold=True)
    assert (folded.name, len(folded.layers)) == ("three", 2)
    assert difference(model, folded) < FLOAT32


class Subclassed(keras.Model):
    def call(self, x):
        return x


@pytest.mark.jax
@pytest.mark.parametrize("fold", [False, True])
@pytest.mark.parametrize(
    ("model", "words"),
    [
        (lambda: Subclassed(name="mine"), "mine is not a functional model: Subclassed has no graph of layers"),
        (lambda: keras.Sequential([layers.Dense(3)], name="open"), "open is not a functional model"),
        (lambda: "googlenet", "'googlenet' is not a functional model: str"),
        (lambda: None, "None is not a functional model"),
        (lambda: keras.Model(x := layers.Input((2,)), {"first": x}, name="two"), "two has no output 'main'"),
    ],
)
def test_a_mistake_gets_one_clear_line(model, words, fold):
    with pytest.raises(UserError) as error:
        inference_model(model(), fold=fold)
    assert words in str(error.value) and "\n" not in str(error.value)


class Scaled(layers.Layer):
    """A user's layer without variables, whose configuration lacks an argument."""

    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def get_config(self):
        return super().get_config()

    def call(self, x):
        return x * self.factor


class Weighted(Scaled):
    def build(self, shape):
        self.weight = self.add_weight(shape=shape[-1:], name="weight", initializer="ones")


def test_layers_without_variables_need_no_configuration():
    image = keras.Input((8, 8, 3))
    x = layers.BatchNormalization()(layers.Conv2D(4, 3)(image))
    x = Scaled(2.0)(layers.Lambda(lambda x: x + 1)(x))
    model = train(keras.Model(image, keras.ops.relu(x) * keras.ops.ones((4,))))
    folded = inference_model(model, fold=True)
    assert not normalizations(folded)
    pictures = np.random.default_rng(0).normal(size=(2, 8, 8, 3)).astype("float32")
    np.testing.assert_allclose(forward(folded, pictures), forward(model, pictures), atol=1e-4)


def test_a_layer_that_can_not_be_made_again_is_named():
    image = keras.Input((8, 8, 3))
    model = keras.Model(image, Weighted(2.0, name="mine")(image))
    with pytest.raises(UserError, match=r"the layer mine \(Weighted\) can't be made again from its configuration"):
        inference_model(model, fold=True)
