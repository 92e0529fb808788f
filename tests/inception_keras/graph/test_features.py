"""Feature maps: which layers are chosen, and that they are shared with the model."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from inception_keras import GoogLeNet, UserError, complexity, create_model, feature_layers, feature_maps
from inception_keras.graph.head_names import is_of_head
from inception_keras.graph.stages import stages

SMALL = {"width": 0.125, "classes": 10, "input_shape": (65, 97, 3)}


@pytest.mark.counts
def test_googlenets_maps_are_the_last_modules():
    assert feature_layers(GoogLeNet(**SMALL)) == {
        4: "conv2_norm2",
        8: "inception_3b_output",
        16: "inception_4e_output",
        32: "inception_5b_output",
    }


@pytest.mark.counts
@pytest.mark.parametrize("toggles", [{"aux_heads": True, "input_shape": (97, 97, 3)}, {"head": "conv"}, {"head": "fc"}])
def test_heads_are_no_maps(toggles):
    assert feature_layers(GoogLeNet(**{**SMALL, **toggles})) == feature_layers(GoogLeNet(**SMALL))


@pytest.mark.counts
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # not the 1x1 that opens the next stage's first bottleneck, beside which the shortcut runs
        ("resnet50_torchvision", ["conv2_block3_relu", "conv3_block4_relu", "conv4_block6_relu", "conv5_block3_relu"]),
        # not a map inside a reduction module
        ("inception_v3", ["conv2d_4a_3x3_relu", "mixed_5d", "mixed_6e", "mixed_7c"]),
        # the expansions that SSDLite builds on (arXiv 1801.04381, 6.2): nothing runs beside them
        ("mobilenet_v2", ["block_3_expand_relu", "block_6_expand_relu", "block_13_expand_relu", "out_relu"]),
        # squeeze-and-excite's one pixel is no map
        (
            "efficientnet_b0",
            [
                "block3a_expand_activation",
                "block4a_expand_activation",
                "block6a_expand_activation",
                "top_activation",
            ],
        ),
        ("vgg16", ["block3_conv3", "block4_conv3", "block5_conv3", "block5_pool"]),
    ],
)
def test_the_last_map_is_one_that_everything_passes(name, expected):
    model = create_model(name, include_top=False, input_shape=(96, 96, 3))
    assert list(feature_layers(model).values()) == expected


def test_the_maps_are_the_models_own():
    model = GoogLeNet(**SMALL)
    backbone = feature_maps(model, strides=(8, 32))
    assert set(backbone.output) == {"stride_8", "stride_32"}
    x = np.random.default_rng(0).normal(size=(2, 65, 97, 3)).astype("float32")
    maps = backbone(x)
    assert tuple(maps["stride_32"].shape) == (2, 2, 3, 128), "97 pixels become 49, 24, 12, 6 and 3, as in Caffe"
    trunk = keras.Model(model.input, model.get_layer("inception_5b_output").output)
    np.testing.assert_array_equal(np.array(maps["stride_32"]), np.array(trunk(x)))
    assert backbone.get_layer("inception_3a_1x1") is model.get_layer("inception_3a_1x1")


@pytest.mark.counts
def test_a_small_stem_has_no_late_strides():
    model = GoogLeNet(stem="small", stem_stride=2, **{**SMALL, "input_shape": (32, 32, 3)})
    assert set(feature_maps(model).output) == {"stride_4", "stride_8"}
    with pytest.raises(UserError, match="no map at the strides"):
        feature_maps(model, strides=(64,))


@pytest.mark.counts
def test_a_model_around_a_trunk():
    trunk = GoogLeNet(include_top=False, **SMALL)
    image = keras.Input((65, 97, 3))
    alone = keras.Model(image, layers.Conv2D(4, 3, strides=4, padding="same", name="only")(image))
    assert feature_layers(alone) == {4: "only"}
    assert feature_layers(keras.Model(trunk.input, layers.Dense(3)(layers.Flatten()(trunk.output)))) == feature_layers(
        trunk
    )


def test_a_decoder_goes_back_to_smaller_strides():
    image = keras.Input((64, 64, 3))
    x = layers.Conv2D(4, 3, strides=8, padding="same", name="encoder")(image)
    x = layers.Conv2DTranspose(4, 3, strides=2, padding="same", name="learned")(x)
    x = layers.UpSampling2D(2, name="repeated")(x)
    model = keras.Model(image, layers.UpSampling2D(4, name="beyond")(x))
    assert feature_layers(model, (2, 4, 8)) == {2: "repeated", 4: "learned", 8: "encoder"}
    for name, one in feature_maps(model, (2, 4, 8)).output.items():
        assert one.shape[1] == 64 // int(name.removeprefix("stride_"))


def test_a_sequential_model_around_a_trunk():
    trunk = GoogLeNet(include_top=False, **SMALL)
    model = keras.Sequential([trunk, layers.GlobalAveragePooling2D(), layers.Dense(3)])
    maps = feature_maps(model)(np.zeros((1, 65, 97, 3), "float32"))
    assert {name: tuple(one.shape) for name, one in maps.items()} == {
        name: (1, *one.shape[1:]) for name, one in feature_maps(trunk).output.items()
    }


def test_which_of_several_outputs_ends_the_network_must_be_known():
    image = keras.Input((32, 32, 3))
    one = layers.Conv2D(4, 3, strides=4)(image)
    for outputs, words in (([one, one + 1], "2 outputs without names"), ({"a": one}, "no output 'main', only 'a'")):
        for function in (feature_layers, feature_maps):
            with pytest.raises(UserError, match=words):
                function(keras.Model(image, outputs))
    with pytest.raises(UserError, match="strides must be several whole numbers"):
        feature_layers(keras.Model(image, one), 8)


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x[:, ::2, ::2],
        lambda x: ops.image.resize(x, (4, 4)),
        layers.Resizing(4, 4),
        lambda x: ops.reshape(x, (-1, 4, 4, 16)),
        lambda x: ops.split(x, 2, axis=1)[0],
    ],
)
def test_what_changes_the_sides_without_a_stride_is_refused(change):
    image = keras.Input((16, 16, 3))
    x = change(layers.Conv2D(4, 3, strides=2, padding="same")(image))
    with pytest.raises(UserError, match="the stride of .* changes the sides of its map to .* is not known"):
        feature_layers(keras.Model(image, layers.Conv2D(4, 3, padding="same")(x)), (2, 4))


def test_steps_are_refused_where_sides_are_open():
    image = keras.Input((None, None, 3))
    with pytest.raises(UserError, match="get_item"):
        feature_layers(keras.Model(image, image[:, ::2, ::2]), (1, 2))


def test_operations_whose_stride_is_known():
    image = keras.Input((40, 40, 3))
    x = layers.Conv2D(4, 3, strides=2, name="two")(layers.Resizing(32, 32)(image))  # the image as the network sees it
    x = ops.pad(x[:, 1:, 1:][..., ::2], ((0, 0), (1, 1), (1, 1), (0, 0)))
    x = x * ops.mean(x, axis=(1, 2), keepdims=True)  # squeeze-and-excite
    x = ops.max_pool(x, 2)
    model = keras.Model(image, layers.Conv2D(4, 3, strides=2, name="eight")(x))
    found = feature_layers(model, (2, 4, 8))
    assert (list(found), found[8]) == ([2, 4, 8], "eight")


def test_a_users_layer_is_no_head_for_its_name():
    image = keras.Input((16, 16, 3))
    x = layers.Conv2D(4, 3, strides=2, padding="same", name="main_branch_conv")(image)
    x = layers.Conv2D(4, 3, strides=2, padding="same", name="head_norm")(x)
    x = layers.Conv2D(4, 3, strides=2, padding="same", name="aux_conv")(x)
    model = keras.Model(image, layers.Dense(2, name="head_classifier")(layers.GlobalAveragePooling2D()(x)))
    assert feature_layers(model, (2, 4, 8)) == {2: "main_branch_conv", 4: "head_norm", 8: "aux_conv"}
    assert [(stage.size, stage.first) for stage in stages(complexity(model))] == [
        ("8 x 8", "main_branch_conv"),
        ("4 x 4", "head_norm"),
        ("2 x 2", "aux_conv"),
        ("head", "head_classifier"),
    ]


@pytest.mark.counts
@pytest.mark.parametrize("toggles", [{"head": "fc", "fc_units": (8, 8), "fc_normalization": "batch"}, {"head": "conv"}])
def test_every_head_of_the_zoo_is_known_by_its_names(toggles):
    small = {**SMALL, "input_shape": (97, 97, 3), "preset": "batchnorm", "logit_scale": 0.5}
    model = GoogLeNet(aux_heads=True, **small, **toggles)
    trunk = {layer.name for layer in GoogLeNet(include_top=False, **small).layers}
    assert {layer.name for layer in model.layers if is_of_head(layer.name)} == {
        layer.name for layer in model.layers
    } - trunk


@pytest.mark.counts
def test_squeeze_and_excite_is_part_of_its_stage():
    model = create_model("mobilenet_v3_small", include_top=False, input_shape=(64, 64, 3))
    found = stages(complexity(model))
    assert [stage.size for stage in found] == ["32 x 32", "16 x 16", "8 x 8", "4 x 4", "2 x 2"]
    assert sum(stage.params for stage in found) == complexity(model).params
