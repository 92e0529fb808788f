"""Tests of the whole registry: counts for every entry, behaviour for one network of every kind, small, on a CPU."""

import keras
import numpy as np
import pytest
from keras import layers

from inception_keras import UserError, complexity, create_model, feature_layers, feature_maps, list_models, zoo
from inception_keras.io.keras_weights import load_weights
from tests.support.forward import forward
from tests.support.zoo import images, small

# The row of golden/architectures.csv that each entry must equal.
ROWS = {
    "googlenet": ("GoogLeNet", "Caffe/paper form, main path (LRN, bias, true 5x5)"),
    "googlenet_batchnorm": ("GoogLeNet", "GoogLeNet+BN, true 5x5, no bias"),
    "googlenet_torchvision": ("GoogLeNet", "torchvision (BN, 3x3 instead of 5x5, pool4 2x2)"),
    "googlenet_slim": ("GoogLeNet", "TF-slim inception_v1 (BN without gamma), 1000 classes"),
    "alexnet": ("AlexNet", "2012 grouped (2 GPU) 227 in"),
    "alexnet_one_tower": ("AlexNet", "one tower, no groups"),
    "alexnet_torchvision": ("AlexNet", "One weird trick (2014), no LRN"),
    "zfnet": ("ZFNet", "Fig.3 model 96-256-384-384-256"),
    "vgg11": ("VGG", "vgg11"),
    "vgg11_lrn": ("VGG", "VGG11-LRN (A-LRN)"),
    "vgg13": ("VGG", "vgg13"),
    "vgg16_1x1": ("VGG", "VGG16-1x1 (C)"),
    "vgg16": ("VGG", "VGG16"),
    "vgg19": ("VGG", "VGG19"),
    "bn_inception": ("Inception v2", "BN-Inception Caffe port (608-ch, conv bias + BN affine)"),
    "inception_v2_slim": (
        "Inception v2",
        "slim inception_v2 (separable conv1 with bias and no BN; BN without gamma), 1000 classes",
    ),
    "inception_v3": ("Inception v3", "InceptionV3"),
    "inception_v4": ("Inception v4", "timm / BN with gamma"),
    "inception_resnet_v1": ("Inception-ResNet v1", "paper figures, 5-10-5 blocks, gamma"),
    "inception_resnet_v2": ("Inception-ResNet v2", "InceptionResNetV2"),
    "resnet18": ("ResNet", "ResNet-18 v1.5 (IMAGENET1K_V1)"),
    "resnet34": ("ResNet", "ResNet-34 v1.5 (IMAGENET1K_V1)"),
    "resnet50": ("ResNet", "ResNet50"),
    "resnet101": ("ResNet", "ResNet101"),
    "resnet152": ("ResNet", "ResNet152"),
    "resnet50_torchvision": ("ResNet", "ResNet-50 v1.5 (IMAGENET1K_V1)"),
    "resnet101_torchvision": ("ResNet", "ResNet-101 v1.5 (IMAGENET1K_V1)"),
    "resnet152_torchvision": ("ResNet", "ResNet-152 v1.5 (IMAGENET1K_V1)"),
    "mobilenet": ("MobileNet", "MobileNet"),
    "mobilenet_v2": ("MobileNet", "MobileNetV2"),
    "mobilenet_v3_small": ("MobileNet", "MobileNetV3Small"),
    "mobilenet_v3_large": ("MobileNet", "MobileNetV3Large"),
    "densenet121": ("DenseNet", "DenseNet121"),
    "densenet169": ("DenseNet", "DenseNet169"),
    "densenet201": ("DenseNet", "DenseNet201"),
    **{f"efficientnet_b{number}": ("EfficientNet", f"EfficientNetB{number}") for number in range(8)},
}
# From no paper, so the reference has no row; `test_zoo.py` compares it with the article's counts.
UNPUBLISHED = ["three_convolutions"]
PUBLISHED = [name for name in list_models() if name not in UNPUBLISHED]
# One network for each way of building is examined in every run; `make test-all` examines all.
REPRESENTATIVES = {
    *("googlenet", "alexnet", "vgg11_lrn", "bn_inception", "inception_v3", "inception_resnet_v1"),
    *("resnet18", "mobilenet_v3_small", "efficientnet_b0"),
}


def examined(quick: set[str]) -> list:
    return [pytest.param(name, marks=() if name in quick else pytest.mark.slow) for name in list_models()]


EXAMINED = examined(REPRESENTATIVES)
# Processors without units for bfloat16 take seconds for a deep network.
IN_BFLOAT16 = examined(REPRESENTATIVES - {"bn_inception", "inception_v3", "inception_resnet_v1"})


def test_every_entry_has_its_row(reference):
    assert list(ROWS) == PUBLISHED
    assert set(ROWS.values()) <= set(reference)


@pytest.mark.counts
@pytest.mark.parametrize("name", PUBLISHED)
def test_counts_equal_the_entry_and_the_reference(name, reference):
    entry, row = zoo.architecture(name), reference[ROWS[name]]
    model = create_model(name)
    cost = complexity(model)
    trunk = sum(layer.params for layer in cost.by_layer if not layer.name.startswith("head_"))
    assert (cost.params, trunk, cost.macs) == (entry.params, entry.params_no_top, entry.macs)
    assert (cost.activations, cost.moving_statistics) == (entry.activations, entry.moving_statistics)
    columns = ("params_total", "params_no_top", "macs", "input_size")
    assert tuple(int(row[column]) for column in columns) == (
        entry.params,
        entry.params_no_top,
        entry.macs,
        entry.input_size,
    )
    assert model.input_shape == (None, entry.input_size, entry.input_size, 3)
    names = [layer.name for layer in model.layers]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", PUBLISHED)
def test_accuracies_are_those_that_were_read(name, reference):
    entry, row = zoo.architecture(name), reference[ROWS[name]]
    read = row["accuracy_source"].startswith("READ")  # figures recalled from memory are not quoted
    expected = [float(row[column]) if read and row[column] else None for column in ("top1", "top5")]
    assert [entry.top1, entry.top5] == expected
    assert bool(entry.accuracy_source) == read


@pytest.mark.parametrize("name", EXAMINED)
def test_it_computes_learns_and_comes_back(name, tmp_path):
    model = small(name)
    x = images(model)
    before = forward(model, x)
    assert before.shape == (4, 10)
    assert before.dtype == np.float32
    np.testing.assert_allclose(before.sum(axis=1), 1, rtol=1e-4)

    model.save_weights(tmp_path / "a.weights.h5")
    model.set_weights([np.zeros_like(value) for value in model.get_weights()])
    load_weights(model, tmp_path / "a.weights.h5")
    np.testing.assert_array_equal(forward(model, x), before)

    still = [v.path for v in _unmoved(model, x) if not _is_cancelled(model, v)]
    assert not still


def _unmoved(model: keras.Model, x: np.ndarray) -> list:
    """The weights that a step of gradient descent leaves as they were."""
    old = [np.array(v) for v in model.trainable_variables]
    # eager: tracing these graphs takes longer than all the rest
    model.compile(keras.optimizers.SGD(1.0), "sparse_categorical_crossentropy", run_eagerly=True)
    model.train_on_batch(x, np.arange(4) % 10)
    new = [np.array(v) for v in model.trainable_variables]
    assert all(np.isfinite(value).all() for value in new)
    return [v for v, a, b in zip(model.trainable_variables, old, new, strict=True) if np.array_equal(a, b)]


def _is_cancelled(model: keras.Model, variable) -> bool:
    """Whether it is a bias that the batch normalisation behind it subtracts again: its gradient is zero."""
    (layer,) = [layer for layer in model.layers if any(v is variable for v in layer.trainable_variables)]
    following = [node.operation for node in layer._outbound_nodes]
    return variable is getattr(layer, "bias", None) and isinstance(following[0], layers.BatchNormalization)


@pytest.mark.counts
@pytest.mark.parametrize("name", [one for one in EXAMINED if one.values[0] in PUBLISHED])  # they have a stride of 32
def test_without_top_it_takes_any_size_and_gives_its_maps(name):
    model = small(name, include_top=False, pooling="avg", input_shape=(None, None, 3))
    entry = zoo.architecture(name)
    assert sum(int(np.prod(v.shape)) for v in model.trainable_variables) == entry.params_no_top
    assert len(model.output.shape) == 2

    found = feature_layers(model)
    assert set(found) == {4, 8, 16, 32}
    maps = feature_maps(model)(keras.Input((97, 97, 3)))
    for stride, layer in found.items():
        _, height, width, channels = maps[f"stride_{stride}"].shape
        # the `valid` convolutions of some stems lose up to five pixels more than the stride says
        assert height == width and 97 / stride - 5 <= height <= 97 / stride + 1
        assert channels == model.get_layer(layer).output.shape[-1]


@pytest.mark.counts
@pytest.mark.parametrize("name", EXAMINED)
def test_a_second_network_has_the_same_names(name):
    first, second = (small(name) for _ in range(2))
    assert [layer.name for layer in first.layers] == [layer.name for layer in second.layers]


@pytest.mark.parametrize("name", IN_BFLOAT16)
def test_bfloat16_computes_in_bfloat16_and_puts_out_float32(name):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = small(name)
    finally:
        keras.config.set_dtype_policy(before)
    convolutions = [layer for layer in model.layers if isinstance(layer, layers.Conv2D)]
    assert {layer.compute_dtype for layer in convolutions} == {"bfloat16"}
    assert {v.dtype for v in model.trainable_variables} == {"float32"}
    assert model.output.dtype == "float32"
    assert np.isfinite(forward(model, images(model, 1))).all()


@pytest.mark.counts
@pytest.mark.parametrize("name", list_models())
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"input_shape": (16, 16, 3)}, "too small: 16 x 16"),
        ({"input_shape": (224, 224)}, "height, width, channels"),
        ({"classes": 0}, "classes"),
        ({"pooling": "avg"}, "include_top=False"),
        ({"weights": "a.h5"}, "there is no file a.h5"),
        ({"dropout": 1.5}, "dropout"),
        ({"clases": 10}, "did you mean 'classes'"),
    ],
)
def test_a_mistake_gets_one_clear_line(name, arguments, words):
    with pytest.raises(UserError) as error:
        create_model(name, **arguments)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", list_models())
def test_its_toggles_are_known_with_their_values(name):
    entry = zoo.architecture(name)
    toggles = entry.resolve()
    assert {key: value for key, value in entry.options.items() if key != "preset"}.items() <= toggles.items()
    with pytest.raises(UserError, match="drop0ut"):
        entry.resolve(drop0ut=0.1)
