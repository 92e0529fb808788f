"""GoogLeNet against the counts of the reference implementations, in every form."""

import keras
import numpy as np
import pytest

from inception_keras import GoogLeNet, UserError, complexity, inference_model
from inception_keras.models.googlenet import TABLE_1, Inception
from tests.support.forward import forward
from tests.support.zoo import ONE_BRANCH, SMALL

# The forms of golden/architectures.csv, and the toggles that make them here.
FORMS = {
    "Caffe/paper form, main path (LRN, bias, true 5x5)": {},
    "Caffe form with both aux heads (training graph)": {"aux_heads": True},
    "paper Table 1 reading: separable 7x7 conv1 (dm 8)": {"stem": "separable"},
    "GoogLeNet+BN, true 5x5, no bias": {"preset": "batchnorm"},
    "GoogLeNet+BN, true 5x5, with aux": {"preset": "batchnorm", "aux_heads": True},
    "torchvision (BN, 3x3 instead of 5x5, pool4 2x2)": {"preset": "torchvision"},
    "TF-slim inception_v1 (BN without gamma), 1000 classes": {"preset": "slim"},
    "head: NIN style 1x1 conv to 1000 maps then GAP": {"head": "conv"},
    "head: flatten->linear": {"head": "fc", "fc_units": ()},
    "head: flatten->FC1024->linear": {"head": "fc"},
    "head: flatten->FC4096->linear": {"head": "fc", "fc_units": (4096,)},
    "head: flatten->FC1024x2->linear": {"head": "fc", "fc_units": (1024, 1024)},
    "head: flatten->FC2048x2->linear": {"head": "fc", "fc_units": (2048, 2048)},
    "head: flatten->FC4096x2->linear (VGG/AlexNet head)": {"head": "fc", "fc_units": (4096, 4096)},
    "head: GAP->FC1024->linear": {"head": "fc", "fc_input": "gap"},
    "head: GAP->FC4096x2->linear": {"head": "fc", "fc_input": "gap", "fc_units": (4096, 4096)},
    "head: 1x1 conv128 -> FC1024 -> linear (aux style on 7x7)": {"head": "fc", "fc_input": "conv"},
    "head: global max pool->linear": {"head": "fc", "fc_input": "max", "fc_units": ()},
    "no-reduction (i): drop 3x3/5x5 reduce convs, keep pool_proj": {"reduce": False},
    "no-reduction (ii): Fig. 2(a) naive, pool output concatenated unprojected": {
        "reduce": False,
        "pool_projection": False,
    },
    "no-reduction (iii): reduce convs and pool branch removed": {"reduce": False, "branches": ("1x1", "3x3", "5x5")},
    "control (iv): reduce convs kept but width = input width (no reduction, same depth)": {"reduce": "wide"},
}


@pytest.mark.jax
def test_every_form_of_the_reference_is_tested(reference):
    others = {"paper Table 1 column sums"}  # the paper's own arithmetic, which no network has
    assert {variant for family, variant in reference if family == "GoogLeNet"} == set(FORMS) | others


@pytest.mark.counts
@pytest.mark.parametrize("form", FORMS)
def test_counts_equal_the_reference(form, reference):
    row = reference["GoogLeNet", form]
    cost = complexity(GoogLeNet(**FORMS[form]))
    assert cost.params == int(row["params_total"])
    assert cost.macs == int(row["macs"])


@pytest.mark.counts
@pytest.mark.parametrize(
    "form", ["GoogLeNet+BN, true 5x5, no bias", "Caffe/paper form, main path (LRN, bias, true 5x5)"]
)
def test_the_trunk_alone_equals_the_reference(form, reference):
    cost = complexity(GoogLeNet(include_top=False, **FORMS[form]))
    assert cost.params == int(reference["GoogLeNet", form]["params_no_top"])


@pytest.mark.counts
def test_moving_statistics_are_counted_apart():
    cost = complexity(GoogLeNet(preset="batchnorm"))
    assert cost.params + cost.moving_statistics == 7_020_392  # what Keras's count_params() says


@pytest.mark.counts
def test_torchvision_with_auxiliary_heads():
    assert complexity(GoogLeNet(preset="torchvision", aux_heads=True)).params == 13_004_888  # torchvision 0.28


@pytest.mark.counts
@pytest.mark.parametrize(("side", "macs"), [(32, 33_302_528), (96, 291_530_752), (160, 807_987_200)])
def test_other_input_sizes(side, macs):
    assert complexity(GoogLeNet(input_shape=(side, side, 3))).macs == macs  # reference sheet, 3.7


@pytest.mark.counts
@pytest.mark.parametrize(("classes", "params"), [(10, 5_983_802), (100, 6_076_052), (200, 6_178_552)])
def test_other_numbers_of_classes(classes, params):
    assert complexity(GoogLeNet(classes=classes)).params == params  # reference sheet, 3.7


@pytest.mark.counts
def test_modules_have_the_widths_that_table_1_prints():
    model = GoogLeNet()
    printed = {"3a": 256, "3b": 480, "4a": 512, "4b": 512, "4c": 512, "4d": 528, "4e": 832, "5a": 832, "5b": 1024}
    assert [row.name for row in TABLE_1 if isinstance(row, Inception)] == list(printed)
    for module, channels in printed.items():
        assert model.get_layer(f"inception_{module}_output").output.shape[-1] == channels


@pytest.mark.counts
def test_without_reduction_and_projection_the_channels_explode():
    model = GoogLeNet(reduce=False, pool_projection=False)
    channels = [model.get_layer(f"inception_{row.name}_output").output.shape[-1] for row in TABLE_1 if len(row) == 7]
    assert channels == [416, 832, 1280, 1728, 2176, 2640, 3344, 4048, 4944]  # reference sheet, 3.8


@pytest.mark.counts
def test_a_toggle_touches_what_it_names_and_nothing_else():
    names = {layer.name for layer in GoogLeNet(**SMALL).layers}
    without = {layer.name for layer in GoogLeNet(reduce=False, **SMALL).layers}
    assert names - without == {
        f"inception_{row.name}_{branch}_reduce{end}"
        for row in TABLE_1
        if isinstance(row, Inception)
        for branch in ("3x3", "5x5")
        for end in ("", "_relu")
    }
    assert without <= names


@pytest.mark.counts
def test_layer_names_are_unique_in_every_preset():
    for preset in ("paper", "batchnorm", "torchvision", "slim"):
        names = [layer.name for layer in GoogLeNet(preset=preset, aux_heads=True).layers]
        assert len(names) == len(set(names))


@pytest.mark.counts
def test_channels_are_multiples_where_that_is_asked_for():
    model = GoogLeNet(**{**SMALL, "channel_multiple": 16, "preset": "batchnorm"})
    counts = {layer.name: layer.filters for layer in model.layers if hasattr(layer, "filters")}
    assert all(filters % 16 == 0 for filters in counts.values())
    # Table 1 has 96, 128, 16, 32 here: an eighth of each, to the nearest multiple of 16, and no branch is left out
    named = {"3x3_reduce": 16, "3x3": 16, "5x5_reduce": 16, "5x5": 16}
    assert {branch: counts[f"inception_3a_{branch}"] for branch in named} == named
    assert counts["inception_5b_1x1"] == 48
    assert complexity(GoogLeNet(channel_multiple=1)).params == complexity(GoogLeNet()).params


@pytest.mark.counts
def test_a_stem_of_stride_1_with_pooling_ends_in_the_same_map():
    strided, pooled = (GoogLeNet(**{**SMALL, "stem_stride": stride}) for stride in (2, "pool"))
    assert pooled.get_layer("conv2_3x3").output.shape[1:] == (32, 32, 24)
    assert pooled.get_layer("pool2_3x3_s2").output.shape == strided.get_layer("conv2_3x3").output.shape
    assert complexity(pooled).params == complexity(strided).params


@pytest.mark.counts
def test_whitened_patches_stand_before_the_small_stem():
    plain, whitened = (complexity(GoogLeNet(**SMALL, whitening=value)) for value in (False, True))
    # 24 filters of 2x2x3 with biases; the stem's 24 filters of 3x3 then have 24 channels instead of 3
    assert whitened.params - plain.params == 24 * 12 + 24 + 24 * 9 * (24 - 3)
    assert whitened.macs - plain.macs == 31 * 31 * 24 * 12 + 16 * 16 * 24 * 9 * (24 - 3)


@pytest.mark.counts
def test_hidden_layers_of_the_head_are_normalised_where_that_is_asked_for():
    toggles = {**SMALL, "head": "fc", "fc_units": (16, 8), "preset": "batchnorm"}
    plain, normalised = (GoogLeNet(**toggles, fc_normalization=kind) for kind in ("none", "batch"))
    names = [layer.name for layer in normalised.layers if layer.name.startswith("head_")]
    parts = ["head_fc1", "head_fc1_bn", "head_fc1_relu", "head_dropout1"]
    assert names == ["head_flatten", *parts, *(part.replace("1", "2") for part in parts), "head_classifier"]
    assert not normalised.get_layer("head_fc1").use_bias
    # a gamma and a beta per unit instead of a bias
    assert complexity(normalised).params - complexity(plain).params == 16 + 8


@pytest.mark.jax
def test_logits_are_scaled():
    plain, scaled = (
        GoogLeNet(**ONE_BRANCH, logit_scale=scale, aux_heads=True, classifier_activation=None) for scale in (1.0, 0.125)
    )
    scaled.set_weights(plain.get_weights())
    images = np.random.default_rng(0).normal(size=(2, 32, 32, 3)).astype("float32")
    ours, theirs = (forward(model, images) for model in (scaled, plain))
    assert ours.keys() == {"main", "aux_4a", "aux_4d"}
    for name, logits in ours.items():
        np.testing.assert_allclose(logits, theirs[name] / 8, rtol=1e-4, atol=1e-6, err_msg=name)


@pytest.mark.counts
def test_the_first_filters_of_wide_convolutions_are_identities():
    model = GoogLeNet(**SMALL, initializer="identity")
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            same = np.arange(min(layer.kernel.shape[2:]))
            middle = np.asarray(layer.kernel)[tuple(side // 2 for side in layer.kernel_size)][same, same]
            assert (middle == 1).all() == (layer.kernel_size[0] in (3, 5)), layer.name


@pytest.mark.counts
@pytest.mark.jax
def test_auxiliary_heads_are_outputs_by_name():
    model = GoogLeNet(aux_heads=True, **SMALL)
    assert {name: tuple(t.shape) for name, t in model.output.items()} == {
        "main": (None, 10),
        "aux_4a": (None, 10),
        "aux_4d": (None, 10),
    }


@pytest.mark.jax
def test_the_inference_model_is_the_main_path_with_the_same_weights():
    model, alone = GoogLeNet(aux_heads=True, **ONE_BRANCH), GoogLeNet(**ONE_BRANCH)
    main = inference_model(model)
    images = np.random.default_rng(0).normal(size=(2, 32, 32, 3)).astype("float32")
    np.testing.assert_array_equal(forward(main, images), forward(model, images)["main"])
    assert complexity(main).params == complexity(alone).params
    assert inference_model(alone) is alone


@pytest.mark.counts
@pytest.mark.jax
def test_one_auxiliary_head_alone():
    heads = {which: GoogLeNet(aux_heads=which, **SMALL) for which in (False, "4a", "4d", True)}
    assert [list(heads[which].output) for which in ("4a", "4d")] == [["aux_4a", "main"], ["aux_4d", "main"]]
    params = {which: model.count_params() for which, model in heads.items()}
    assert params["4a"] + params["4d"] == params[True] + params[False]


@pytest.mark.parametrize(
    "toggles",
    [
        {},
        {"preset": "batchnorm", "aux_heads": True},
        # XLA compiles a whole one for most of a minute
        pytest.param({"preset": "batchnorm", "aux_heads": True, "branches": ("1x1",)}, marks=pytest.mark.jax),
        {"head": "fc"},
        {"head": "conv"},
    ],
)
def test_every_weight_gets_a_gradient(toggles):
    keras.utils.set_random_seed(0)  # a reduction to two channels can be dead from the start
    model = GoogLeNet(dropout=0.0, aux_dropout=0.0, **toggles, **SMALL)
    before = [np.array(v) for v in model.trainable_variables]
    images = np.random.default_rng(0).normal(size=(8, 32, 32, 3)).astype("float32")
    labels = np.arange(8) % 10
    loss = "sparse_categorical_crossentropy"
    if isinstance(model.output, dict):
        loss, labels = dict.fromkeys(model.output, loss), dict.fromkeys(model.output, labels)
    jax = keras.backend.backend() == "jax"  # on TensorFlow, tracing would take longer than all the rest
    model.compile(keras.optimizers.SGD(1.0), loss, jit_compile=jax, run_eagerly=not jax)
    model.train_on_batch(images, labels)
    still = [
        v.path for v, old in zip(model.trainable_variables, before, strict=True) if np.array_equal(np.array(v), old)
    ]
    assert not still


@pytest.mark.jax
def test_outputs_are_probabilities_and_logits():
    images = np.random.default_rng(0).normal(size=(2, 32, 32, 3)).astype("float32")
    probabilities = forward(GoogLeNet(**ONE_BRANCH), images)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    logits = forward(GoogLeNet(classifier_activation=None, **ONE_BRANCH), images)
    assert not np.allclose(logits.sum(axis=1), 1)


@pytest.mark.jax
def test_bfloat16_computes_in_bfloat16_and_puts_out_float32():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = GoogLeNet(**ONE_BRANCH)
    finally:
        keras.config.set_dtype_policy(before)
    assert model.get_layer("inception_3a_1x1").compute_dtype == "bfloat16"
    assert forward(model, np.zeros((1, 32, 32, 3), "float32")).dtype == np.float32


@pytest.mark.counts
@pytest.mark.jax
def test_the_small_stem_has_its_stride():
    for stride, last in ((1, 8), (2, 4)):
        model = GoogLeNet(include_top=False, **{**SMALL, "stem_stride": stride})
        assert tuple(model.output.shape[1:3]) == (last, last)


@pytest.mark.counts
@pytest.mark.jax
def test_without_top_the_map_is_pooled_on_request():
    assert GoogLeNet(include_top=False, pooling="avg", **SMALL).output.shape == (None, 128)
    assert GoogLeNet(include_top=False, pooling="max", **SMALL).output.shape == (None, 128)


@pytest.mark.jax
def test_an_open_input_size_serves_where_nothing_is_flattened():
    model = GoogLeNet(**{**ONE_BRANCH, "input_shape": (None, None, 3)})
    assert forward(model, np.zeros((1, 65, 97, 3), "float32")).shape == (1, 10)
    with pytest.raises(UserError, match="fixed input size"):
        complexity(model)
    with pytest.raises(UserError, match="fixed input size"):
        GoogLeNet(input_shape=(None, None, 3), head="fc")


@pytest.mark.parametrize("toggles", [{}, {"logit_scale": 0.5}, {"aux_heads": "4a"}])
def test_float64_is_not_rounded_by_the_output(toggles):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    try:
        model = GoogLeNet(**ONE_BRANCH, **toggles)
    finally:
        keras.config.set_dtype_policy(before)
    outputs = np.asarray(keras.tree.flatten(model(np.ones((1, 32, 32, 3))))[-1])
    assert outputs.dtype == "float64"
    assert not np.array_equal(outputs, outputs.astype("float32"))


@pytest.mark.jax
def test_an_input_tensor_is_built_on():
    image = keras.Input((64, 64, 3))
    scaled = keras.layers.Rescaling(1 / 255)(image)
    model = GoogLeNet(input_tensor=scaled, classes=10, width=0.125, branches=("1x1",))
    assert model.input is image


@pytest.mark.jax
def test_weights_come_back_bit_for_bit(tmp_path):
    images = np.random.default_rng(0).normal(size=(2, 32, 32, 3)).astype("float32")
    model = GoogLeNet(preset="batchnorm", **ONE_BRANCH)
    model.save_weights(tmp_path / "a.weights.h5")
    again = GoogLeNet(preset="batchnorm", weights=tmp_path / "a.weights.h5", **ONE_BRANCH)
    np.testing.assert_array_equal(forward(model, images), forward(again, images))


@pytest.mark.jax
def test_a_model_saved_whole_comes_back(tmp_path):
    images = np.random.default_rng(0).normal(size=(2, 32, 32, 3)).astype("float32")
    model = GoogLeNet(**ONE_BRANCH)  # with local response normalisation, which Keras does not have
    model.save(tmp_path / "a.keras")
    again = keras.models.load_model(tmp_path / "a.keras")
    np.testing.assert_array_equal(forward(model, images), forward(again, images))


@pytest.mark.jax
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"input_shape": (224, 224)}, "height, width, channels"),
        ({"input_shape": (16, 16, 3)}, "at least 32 x 32"),
        ({"input_shape": (15, 15, 3), "stem": "small"}, "at least 16 x 16"),
        ({"input_shape": (64, 64, 3), "aux_heads": True}, "too small for an auxiliary head"),
        ({"input_shape": (32, 32, 3), "stem": "small", "stem_stride": 2, "pooling": "avg"}, "include_top=False"),
        ({"pooling": "mean", "include_top": False}, "'avg' or 'max'"),
        ({"include_top": False, "aux_heads": True}, "needs include_top=True"),
        ({"classes": 0}, "classes"),
        ({"weights": "imagnet"}, "'imagenet', 'caffe'"),
        ({"input_tensor": 3}, "Keras tensor"),
        (
            {"input_tensor": keras.KerasTensor((None, 64, 64, 3), "uint8")},
            "input_tensor is uint8: cast or rescale it first, by keras.layers.Rescaling(1 / 255)",
        ),
    ],
)
def test_a_mistake_gets_one_clear_line(arguments, words):
    with pytest.raises(UserError) as error:
        GoogLeNet(**arguments)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("channels", [1, 3])
def test_the_separable_stem_starts_like_the_full_one(channels):
    """Uniform over the fan-in, which is 49 of a depthwise 7x7, whatever the channels; biases of 0.2."""
    model = GoogLeNet(stem="separable", input_shape=(64, 64, channels), classes=4, width=0.5)
    depthwise, pointwise, bias = model.get_layer("conv1_7x7_s2").get_weights()
    assert depthwise.shape == (7, 7, channels, 8)
    assert np.abs(depthwise).max() <= np.sqrt(3) / 7 and depthwise.std() == pytest.approx(1 / 7, rel=0.1)
    assert pointwise.std() == pytest.approx(1 / np.sqrt(8 * channels), rel=0.15)
    np.testing.assert_array_equal(bias, np.float32(0.2))
