"""What `from_torch` and `from_caffe` refuse, and that nothing is assigned then.

Networks that are only refused are shared, or built without weights: then they have none afterwards either.
"""

import keras
import numpy as np
import pytest

from inception_keras import GoogLeNet, UserError, create_model, inference_model
from inception_keras.graph.without_weights import without_weights
from inception_keras.weights import from_caffe, from_torch
from inception_keras.weights.forms import Form
from inception_keras.weights.importing import AXES
from inception_keras.weights.registry import FORMS

FORM = {(form.framework, form.name): form for form in FORMS}
SMALL = {"width": 0.0625, "classes": 7}  # the tables of names hold at every width


def torch_arrays(model, name: str = "googlenet_torchvision") -> dict[str, np.ndarray]:
    """Random arrays for a model, by torch's names and in torch's shapes; of both signs, but for variances."""
    return {
        **arrays_of(model, FORM["torch", name]),
        **{
            entry.key.replace("running_var", "num_batches_tracked"): np.array(5)
            for entry in FORM["torch", name].entries
            if entry.variable == "moving_variance"
        },
    }


def caffe_blobs(model, name: str = "googlenet") -> dict[str, tuple[np.ndarray, ...]]:
    """Random (weight, bias) for the layers of a model, by Caffe's names."""
    arrays = arrays_of(model, FORM["caffe", name])
    return {
        key.partition("/weight")[0]: (array, arrays[key.replace("/weight", "/bias")])
        for key, array in arrays.items()
        if key.endswith("/weight")
    }


def arrays_of(model, form: Form) -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    layers = {layer.name: layer for layer in model.layers}
    entries = [*form.entries, *(entry for part in form.parts.values() for entry in part), *form.head]
    arrays = {}
    for entry in entries:
        if entry.layer in layers:
            shape = getattr(layers[entry.layer], entry.variable).shape
            shape = tuple(shape[axis] for axis in AXES[len(shape)])
            array = random.standard_normal(shape, "float32")
            arrays[entry.key] = np.abs(array) if entry.variable == "moving_variance" else array
    return arrays


def torchvision(**toggles):
    return GoogLeNet(**{"preset": "torchvision", **SMALL, **toggles})


def unvalued(build, **toggles):
    """A model without weights."""
    with without_weights():
        return build(**toggles)


def values(model) -> list[np.ndarray | None]:
    """The weights of a model; `None` for each that has no value."""
    return [None if weight._value is None else np.array(weight) for weight in model.weights]


def refusal(call, model, *arguments, **keywords) -> str:
    """Returns the message of the error; the model must be unchanged."""
    before = values(model)
    with pytest.raises(UserError) as error:
        call(model, *arguments, **keywords)
    for one, other in zip(before, values(model), strict=True):
        assert (one is other is None) or np.array_equal(one, other)
    return str(error.value)


@pytest.fixture(scope="module")
def plain():
    """A small network in torchvision's form, to which nothing is assigned."""
    return torchvision()


@pytest.fixture
def plain_arrays(plain):
    """Arrays for it, for the test to change."""
    return torch_arrays(plain)


# -- what is taken -----------------------------------------------------------------------------------------------------


def test_every_array_arrives_where_it_belongs_whatever_the_models_name():
    model = torchvision(aux_heads=True, name="mine")
    arrays = torch_arrays(model)
    assert from_torch(model, arrays) is model
    kernel = np.array(model.get_layer("inception_4c_3x3").kernel)
    np.testing.assert_array_equal(kernel, arrays["inception4c.branch2.1.conv.weight"].transpose(2, 3, 1, 0))
    np.testing.assert_array_equal(
        np.array(model.get_layer("aux_4d_conv_bn").gamma), arrays["aux2.conv.bn.weight"]
    )  # negative ones too
    np.testing.assert_array_equal(np.array(model.get_layer("head_classifier").kernel), arrays["fc.weight"].T)


def test_a_dense_layer_after_a_flattened_map_counts_position_by_position():
    model = torchvision(aux_heads=True)
    arrays = torch_arrays(model)
    from_torch(model, arrays)
    channels = model.get_layer("aux_4a_conv").filters
    kernel = np.array(model.get_layer("aux_4a_fc").kernel).reshape(4, 4, channels, -1)
    for height, width, channel in ((0, 0, 1), (3, 1, 0), (2, 3, channels - 1)):
        expected = arrays["aux1.fc1.weight"][:, channel * 16 + height * 4 + width]
        np.testing.assert_array_equal(kernel[height, width, channel], expected)


def test_a_classifier_of_one_class():
    """Its weights are a matrix of one row, as old batch normalisation stored vectors."""
    model = torchvision(classes=1)
    arrays = torch_arrays(model)
    arrays["inception4c.branch2.1.bn.weight"] = arrays["inception4c.branch2.1.bn.weight"][None]
    from_torch(model, arrays)
    np.testing.assert_array_equal(np.array(model.get_layer("head_classifier").kernel), arrays["fc.weight"].T)
    gamma = np.array(model.get_layer("inception_4c_3x3_bn").gamma)
    np.testing.assert_array_equal(gamma, arrays["inception4c.branch2.1.bn.weight"][0])


def test_half_precision_is_taken():
    model = torchvision()
    arrays = {key: array.astype("float16") for key, array in torch_arrays(model).items()}
    from_torch(model, {key: array for key, array in arrays.items() if "num_batches" not in key})
    assert model.get_layer("conv1_7x7_s2").kernel.dtype == "float32"


def test_auxiliary_heads_are_left_out_by_name():
    arrays = torch_arrays(unvalued(torchvision, aux_heads=True))
    model = torchvision()
    message = refusal(from_torch, model, arrays)
    assert "aux1.conv.conv.weight first" in message and "ignore=('aux1', 'aux2')" in message
    from_torch(model, arrays, ignore=("aux1", "aux2"))


def test_a_trunk_takes_weights_without_the_top(plain_arrays):
    trunk = torchvision(include_top=False)
    assert "ignore=('fc',)" in refusal(from_torch, trunk, plain_arrays)
    from_torch(trunk, plain_arrays, ignore=("fc",))


def test_the_main_output_alone_is_of_the_same_form():
    model = torchvision(aux_heads=True)
    arrays = torch_arrays(model)
    from_torch(inference_model(model), arrays, ignore=("aux1", "aux2"))


def test_groups_keep_their_order():
    model = create_model("alexnet", input_shape=(67, 67, 3), fc_units=(5, 4), classes=3)
    random = np.random.default_rng(0)
    blobs = {}
    for key, layer in zip(
        ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8"),
        ("conv1", "conv2", "conv3", "conv4", "conv5", "head_fc1", "head_fc2", "head_classifier"),
        strict=True,
    ):
        shape = model.get_layer(layer).kernel.shape
        weight = random.normal(size=tuple(shape[axis] for axis in AXES[len(shape)])).astype("float32")
        blobs[key] = weight, np.zeros(len(weight), "float32")
    from_caffe(model, blobs)
    x = np.zeros((1, 5, 5, 96), "float32")
    x[0, 2, 2, 50] = 1  # a channel of the second tower
    got = np.asarray(model.get_layer("conv2")(x))[0, 2, 2]
    assert not got[:128].any()
    np.testing.assert_array_equal(got[128:], blobs["conv2"][0][128:, 2, 2, 2])


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda a: a.pop("inception3a.branch2.0.conv.weight"), ("branch2.0.conv.weight is missing", "_3a_3x3_reduce")),
        (lambda a: a.update(surplus=np.ones(3)), ("1 array is left over", "surplus")),
        (lambda a: a.update({"conv2.bn.bias": np.ones(9)}), ("conv2.bn.bias has the shape (9,)", "takes (4,)")),
        (lambda a: a.update({"conv2.bn.bias": np.array([1, np.nan, 1, 1])}), ("conv2.bn.bias", "not all", "finite")),
        (lambda a: a.update({"conv2.bn.bias": np.arange(4)}), ("conv2.bn.bias", "floating", "int64")),
        (lambda a: a.update({"conv2.bn.bias": "text"}), ("conv2.bn.bias", "str")),
        (lambda a: a.update({"conv2.bn.bias": [[1.0], [1.0, 2.0]]}), ("conv2.bn.bias", "list")),
        (lambda a: a.clear(), ("state_dict is empty",)),
    ],
)
def test_a_wrong_array_is_named_with_its_layer(plain, plain_arrays, change, words):
    change(plain_arrays)
    message = refusal(from_torch, plain, plain_arrays)
    assert all(word in message for word in words), message
    assert "\n" not in message


@pytest.mark.parametrize("wrong", [None, [1, 2], np.ones(3)])
def test_something_else_than_a_mapping(plain, wrong):
    assert "mapping of names to arrays" in refusal(from_torch, plain, wrong)


def test_a_prefix_that_fits_nothing(plain, plain_arrays):
    assert "ignore='axu1' matches none" in refusal(from_torch, plain, plain_arrays, ignore=("axu1",))


@pytest.mark.parametrize(("classes", "words"), [(1001, "background class 0"), (10, "classes=10")])
def test_another_number_of_classes(plain_arrays, classes, words):
    size = plain_arrays["fc.weight"].shape[1]
    arrays = {**plain_arrays, "fc.weight": np.ones((classes, size), "f4"), "fc.bias": np.ones(classes, "f4")}
    message = refusal(from_torch, unvalued(torchvision, classes=1000), arrays)
    assert f"the checkpoint has {classes:,} classes, the model 1,000" in message and words in message


@pytest.mark.parametrize(
    ("toggles", "words"),
    [
        ({"preset": "paper"}, "the model has no 'conv1_7x7_s2_bn'"),
        ({"preset": "batchnorm"}, "no layer 'pool4_2x2_s2'"),
        ({"preset": "slim"}, "no layer 'conv1_7x7_s2_pad'"),
        ({"pool4": "3x3"}, "no layer 'pool4_2x2_s2'"),
        ({"batch_scale": False}, "conv1_7x7_s2_bn has no gamma"),
        ({"branch5": "5x5"}, "inception_3a_5x5 takes (2, 1, 5, 5)"),
        ({"branch5": "two 3x3"}, "no 'inception_3a_5x5'"),
        ({"width": 0.125}, "has the shape (4, 3, 7, 7)"),
        ({"head": "fc"}, "'head_fc1' has no counterpart"),
    ],
)
def test_googlenet_in_another_form(plain_arrays, toggles, words):
    message = refusal(from_torch, unvalued(torchvision, **toggles), plain_arrays)
    assert words in message
    assert "create_model('googlenet_torchvision')" in message  # what the arrays are, or how to build it


def test_auxiliary_heads_that_pool_otherwise():
    arrays = torch_arrays(unvalued(torchvision, aux_heads=True))
    assert "aux_4a_pool" in refusal(from_torch, unvalued(torchvision, aux_heads=True, aux_pool="5x5/3"), arrays)


@pytest.mark.parametrize(
    ("name", "options", "other", "words"),
    [
        ("vgg11", {}, "vgg11_lrn", "it has the layer 'block1_norm'"),
        ("vgg13", {}, "vgg11", "torchvision's VGG13"),
        ("resnet50_torchvision", {"bottleneck_stride": "1x1"}, "resnet50_torchvision", "strides (1, 1), not (2, 2)"),
        ("resnet34", {}, "resnet18", "torchvision's ResNet-34"),
        ("inception_v3", {"batch_scale": True}, "inception_v3", "no layer 'mixed_5b_branch3_0_pool_pad'"),
        pytest.param("inception_resnet_v2", {}, "inception_resnet_v2", "has no gamma", marks=pytest.mark.slow),
    ],
)
def test_relatives_are_told_apart(name, options, other, words):
    form = FORM["torch", name]
    small = {"input_shape": (96, 96, 3)}
    small |= {"fc_units": (8, 8)} if name.startswith("vgg") else {}
    with without_weights():
        arrays = torch_arrays(create_model(name, **form.options, **small), name)
        model = create_model(other, **small, **options)
    assert words in refusal(from_torch, model, arrays)


def test_a_flattened_map_of_another_size():
    small, large = ({"input_shape": (side, side, 3), "fc_units": (8, 8)} for side in (64, 96))
    with without_weights():
        arrays = torch_arrays(create_model("vgg11", **small), "vgg11")
        model = create_model("vgg11", **large)
    assert "flattens a map of 3 x 3 x 512" in refusal(from_torch, model, arrays)


def test_torchs_inception_v3_has_a_head_that_the_zoo_has_not():
    with without_weights():
        model = create_model("inception_v3", batch_scale=True, pool_padding="include", input_shape=(96, 96, 3))
        arrays = {**torch_arrays(model, "inception_v3"), "AuxLogits.fc.bias": np.ones(1000, "float32")}
        assert "ignore=('AuxLogits',)" in refusal(from_torch, model, arrays)
        from_torch(model, arrays, ignore=("AuxLogits",))
        kernel = np.array(model.get_layer("head_classifier").kernel)
    np.testing.assert_array_equal(kernel, arrays["fc.weight"].T)


# -- Caffe -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def papers():
    """A small network of the paper, to which nothing is assigned."""
    return GoogLeNet(**SMALL)


@pytest.fixture
def googlenet_blobs(papers):
    """Blobs for it, for the test to change."""
    return caffe_blobs(papers)


def test_caffes_googlenet(googlenet_blobs):
    blobs = {
        **googlenet_blobs,
        "loss1/conv": (np.ones((128, 512, 1, 1), "float32"), np.ones(128, "float32")),
    }
    model = GoogLeNet(**SMALL)
    assert "ignore=('loss1',)" in refusal(from_caffe, model, blobs)
    from_caffe(model, blobs, ignore=("loss1",))
    kernel = blobs["inception_4c/3x3"][0].transpose(2, 3, 1, 0)
    np.testing.assert_array_equal(np.array(model.get_layer("inception_4c_3x3").kernel), kernel)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda b: b.pop("inception_3a/pool_proj"), ("inception_3a/pool_proj/weight is missing", "and 1 more")),
        (lambda b: b.update({"conv1/7x7_s2": (np.ones((64, 3, 7, 7)),)}), ("conv1/7x7_s2", "(weight, bias)")),
        (lambda b: b.update({"conv1/7x7_s2": np.ones((64, 3, 7, 7))}), ("conv1/7x7_s2", "(weight, bias)")),
        (lambda b: b.update({"fc8": (np.ones((2, 2)), np.ones(2))}), ("2 arrays are left over", "fc8/weight")),
    ],
)
def test_a_wrong_blob_is_named(papers, googlenet_blobs, change, words):
    change(googlenet_blobs)
    message = refusal(from_caffe, papers, googlenet_blobs)
    assert all(word in message for word in words), message


@pytest.mark.parametrize(
    ("toggles", "words"),
    [
        ({"normalization": "none"}, "no layer 'pool1_norm1'"),
        ({"stem_padding": "same"}, "no layer 'conv1_7x7_s2_pad'"),
        ({"pool4": "2x2"}, "no layer 'pool4_3x3_s2'"),
        ({"preset": "batchnorm"}, "has no counterpart"),
    ],
)
def test_caffes_googlenet_in_another_form(googlenet_blobs, toggles, words):
    message = refusal(from_caffe, unvalued(GoogLeNet, **SMALL, **toggles), googlenet_blobs)
    assert words in message and "create_model('googlenet')" in message


def test_alexnet_with_the_papers_constants():
    toggles = {"input_shape": (67, 67, 3), "fc_units": (5, 4), "classes": 3}
    model = create_model("alexnet", lrn="paper", **toggles)
    blobs = {key: (np.ones((2, 2), "float32"), np.ones(2, "float32")) for key in ("conv1", "conv2", "fc8")}
    assert "norm1 has alpha 0.0005, not 0.0001" in refusal(from_caffe, model, blobs)


def test_a_model_without_a_table():
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 3, name="mine")], name="other")
    message = refusal(from_torch, model, {"features.0.weight": np.ones((2, 3, 3, 3))})
    assert "'other' is of another form" in message and "no network of the zoo" in message
