"""Loading weights files that are not exactly the model's: other heads, other channels, files of Keras 2."""

import warnings

import keras
import numpy as np
import pytest

from inception_keras import UserError, create_model
from inception_keras.weights import inspect_file, load_weights
from tests.support.keras2_files import write_keras2

SMALL = {"width": 0.0625, "input_shape": (80, 80, 3)}
TRUNK, HEAD = "inception_4c_3x3", "head_classifier"


def kernel(model, name: str) -> np.ndarray:
    return np.array(model.get_layer(name).kernel)


@pytest.fixture(scope="module")
def trained():
    return create_model("googlenet", aux_heads=True, classes=3, **SMALL)


@pytest.fixture(scope="module")
def file(trained, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "net.weights.h5"
    trained.save_weights(path)
    return path


def test_auxiliary_heads_are_left_out_and_said(trained, file):
    model = create_model("googlenet", classes=3, **SMALL)
    loaded = load_weights(model, file)
    assert {name.split("_")[1] for name in loaded.left_out} == {"4a", "4d"} and not loaded.fresh
    for name in (TRUNK, HEAD):
        np.testing.assert_array_equal(kernel(model, name), kernel(trained, name))


def test_a_trunk_takes_the_file_of_a_whole_network(trained, file):
    trunk = create_model("googlenet", include_top=False, **SMALL)
    with pytest.raises(UserError, match=r"net\.weights\.h5 belongs to another model .*head_classifier .*head='skip'"):
        load_weights(trunk, file)
    assert HEAD in load_weights(trunk, file, head="skip").left_out
    np.testing.assert_array_equal(kernel(trunk, TRUNK), kernel(trained, TRUNK))


def test_another_number_of_classes(trained, file):
    model = create_model("googlenet", classes=10, **SMALL)
    before = kernel(model, HEAD)
    with pytest.raises(UserError, match=r"head_classifier has variables of the shapes \(64, 10\).*head='skip'"):
        load_weights(model, file)
    loaded = load_weights(model, file, head="skip")
    assert loaded.fresh == (HEAD,) and HEAD in loaded.left_out
    np.testing.assert_array_equal(kernel(model, TRUNK), kernel(trained, TRUNK))
    np.testing.assert_array_equal(kernel(model, HEAD), before)


def test_create_model_starts_a_new_head_and_says_so(trained, file):
    with pytest.warns(UserWarning, match="initialised anew: head_classifier") as said:
        model = create_model("googlenet", classes=10, weights=file, **SMALL)
    assert said[0].filename == __file__, "the caller's line, not one of the package"
    np.testing.assert_array_equal(kernel(model, TRUNK), kernel(trained, TRUNK))
    with pytest.raises(UserError, match="head_fc1 has variables of the shapes"):  # another head, not other classes
        create_model("googlenet", classes=3, head="fc", weights=file, **SMALL)


def test_a_head_of_another_input_shape_says_so(tmp_path):
    small = {"head": "fc", "fc_units": (8,), "classes": 3}
    create_model("three_convolutions", **small).save_weights(tmp_path / "net.weights.h5")
    larger = {**small, "input_shape": (64, 64, 3)}
    with pytest.raises(UserError, match="head_fc1 has .*for images of another size, as input_shape says it") as error:
        create_model("three_convolutions", weights=tmp_path / "net.weights.h5", **larger)
    typed = "weights.load_weights(model, 'net.weights.h5', head='skip')"
    assert typed in str(error.value), "create_model(head='skip') would be a kind of head"
    averaged = create_model("three_convolutions", fc_input="gap", **larger)
    with pytest.raises(UserError, match="head_fc1 has") as error:
        load_weights(averaged, tmp_path / "net.weights.h5")
    assert typed in str(error.value) and "another size" not in str(error.value)


def test_grey_images_are_seen_as_rgb_images_were(trained, file):
    model = create_model("googlenet", classes=3, **{**SMALL, "input_shape": (80, 80, 1)})
    with pytest.raises(UserError, match="conv1_7x7_s2 has .*load_weights.*channels='sum'.* or 'repeat'"):
        load_weights(model, file)
    narrow = create_model("googlenet", classes=3, **{**SMALL, "width": 0.125})
    with pytest.raises(UserError, match="conv1_7x7_s2 has variables") as error:
        load_weights(narrow, file)
    assert "channels=" not in str(error.value), "other filters, which no channels adapt"
    load_weights(model, file, channels="sum")
    grey = np.random.default_rng(0).normal(size=(2, 80, 80, 1)).astype("float32")
    expected = trained(np.repeat(grey, 3, axis=-1), training=False)["main"]
    np.testing.assert_allclose(np.array(model(grey, training=False)), np.array(expected), atol=1e-5)


def test_four_channels(trained, file):
    model = create_model("googlenet", classes=3, **{**SMALL, "input_shape": (80, 80, 4)})
    with pytest.raises(UserError, match="channels='sum' is for models of one channel"):
        load_weights(model, file, channels="sum")
    load_weights(model, file, channels="repeat")
    own, theirs = kernel(model, "conv1_7x7_s2"), kernel(trained, "conv1_7x7_s2")
    np.testing.assert_allclose(own, theirs[:, :, [0, 1, 2, 0]] * 0.75, rtol=1e-6)


@pytest.mark.parametrize("keywords", [{"head": "skipp"}, {"channels": "mean"}])
def test_unknown_ways(trained, file, keywords):
    with pytest.raises(UserError, match="allowed are"):
        load_weights(trained, file, **keywords)


# -- Precision ---------------------------------------------------------------------------------------------------------


def perceptron(dtype: str) -> keras.Model:
    """Two dense layers and batch normalisation, whose statistics have the layer's precision too."""
    image = keras.Input((3,))
    x = keras.layers.Dense(4, dtype=dtype, name="fc1")(image)
    x = keras.layers.BatchNormalization(dtype=dtype, name="norm")(x)
    return keras.Model(image, keras.layers.Dense(2, dtype=dtype, name="fc2")(x))


def variables(model: keras.Model) -> list[np.ndarray]:
    """As float64, so that equal means equal to the bit, whatever the precisions are."""
    return [np.asarray(keras.ops.convert_to_numpy(variable), "float64") for variable in model.weights]


@pytest.mark.parametrize("stored", ["bfloat16", "mixed_bfloat16", "float16", "mixed_float16"])
def test_a_model_that_is_precise_enough_gets_the_very_numbers(tmp_path, stored):
    half = perceptron(stored)
    for number, variable in enumerate(half.weights):
        variable.assign(np.random.default_rng(number).normal(size=variable.shape))
    half.save_weights(tmp_path / "net.weights.h5")
    for dtype in (stored, "float32"):
        model = perceptron(dtype)
        load_weights(model, tmp_path / "net.weights.h5")
        for loaded, saved in zip(variables(model), variables(half), strict=True):
            np.testing.assert_array_equal(loaded, saved)


def test_a_file_in_bfloat16_is_identified(tmp_path):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("bfloat16")
    try:
        create_model("three_convolutions", classes=5).save_weights(tmp_path / "net.weights.h5")
    finally:
        keras.config.set_dtype_policy(before)
    assert inspect_file(tmp_path / "net.weights.h5")[:3] == ("three_convolutions", "keras weights", 5)


# -- Keras Applications ------------------------------------------------------------------------------------------------


def test_mobilenet_of_keras_has_a_convolution_for_a_head(tmp_path):
    theirs = keras.applications.MobileNet(weights=None, classes=5, input_shape=(32, 32, 3))
    theirs.save_weights(tmp_path / "net.weights.h5")
    assert inspect_file(tmp_path / "net.weights.h5")[:3] == ("mobilenet", "keras weights", 5)
    model = create_model("mobilenet", classes=5, input_shape=(32, 32, 3), weights=tmp_path / "net.weights.h5")
    x = np.random.default_rng(0).normal(size=(2, 32, 32, 3)).astype("float32")
    np.testing.assert_allclose(np.array(model(x)), np.array(theirs(x)), atol=1e-6)


# -- Keras 2 -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def keras2(tmp_path):
    """Writes the weights of a model as Keras 2 does."""
    return lambda model, **attributes: write_keras2(tmp_path / "net.h5", model, **attributes)


def test_a_file_of_keras_2(keras2):
    theirs = keras.applications.MobileNet(weights=None, classes=5, input_shape=(32, 32, 3))
    path = keras2(theirs)
    assert inspect_file(path)[:3] == ("mobilenet", "Keras 2 weights", 5)
    model = create_model("mobilenet", classes=5, input_shape=(32, 32, 3), weights=path)
    x = np.random.default_rng(0).normal(size=(2, 32, 32, 3)).astype("float32")
    np.testing.assert_allclose(np.array(model(x)), np.array(theirs(x)), atol=1e-6)
    trunk = create_model("mobilenet", include_top=False, input_shape=(32, 32, 3))
    assert load_weights(trunk, path, head="skip").left_out == ("conv_preds",)
    with pytest.raises(UserError, match="belongs to another model"):
        create_model("mobilenet_v2", classes=5, input_shape=(32, 32, 3), weights=path)


def test_a_file_of_keras_2_that_lacks_a_division_is_warned_of(keras2):
    """EfficientNet's: by name the same file is normalised otherwise."""
    image = keras.Input((8, 8, 3))
    model = keras.Model(image, keras.layers.Conv2D(2, 3)(keras.layers.Normalization()(image)))
    path = keras2(model)
    with pytest.warns(UserWarning, match=r"fetch NAME --from .*net\.h5"):
        load_weights(model, path)
    plain = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 3)])
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        load_weights(plain, keras2(plain))
        model.save_weights(path.with_name("net.weights.h5"))
        load_weights(model, path.with_name("net.weights.h5"))


def test_a_file_of_keras_2_in_theanos_order(keras2):
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 3)])
    with pytest.raises(UserError, match="Theano's order"):
        load_weights(model, keras2(model, backend="theano"))


def two_layers() -> keras.Model:
    image = keras.Input((3,))
    return keras.Model(image, keras.layers.Dense(2)(keras.layers.Dense(4)(image)))


def nested(classes: int = 2) -> keras.Model:
    image = keras.Input((3,))
    return keras.Model(image, keras.layers.Dense(classes, name=HEAD)(two_layers()(image)))


def compiled() -> keras.Model:
    model = two_layers()
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    return model


@pytest.mark.parametrize("build", [two_layers, nested, compiled])
def test_every_variable_of_a_file_is_loaded(build, tmp_path):
    model, again = build(), build()
    variables = [[*m.weights, *(m.optimizer.variables if m.compiled else [])] for m in (model, again)]
    for number, variable in enumerate(variables[0]):
        variable.assign(np.full(variable.shape, number + 1))
    model.save_weights(tmp_path / "net.weights.h5")
    load_weights(again, tmp_path / "net.weights.h5")
    for one, other in zip(*variables, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(("head", "classes"), [("skip", 2), ("fit", 3), ("load", 3)])
def test_layers_inside_of_layers_are_not_skipped(tmp_path, head, classes):
    nested().save_weights(tmp_path / "net.weights.h5")
    with pytest.raises(UserError, match=r"'functional\w*' of the model contains layers"):
        load_weights(nested(classes), tmp_path / "net.weights.h5", head=head)
    image = keras.Input((3,))
    plain = keras.Model(image, keras.layers.Dense(classes, name=HEAD)(keras.layers.Flatten()(image)))
    with pytest.raises(UserError, match="'functional' of the file contains layers"):
        load_weights(plain, tmp_path / "net.weights.h5", head="skip")


def test_layers_without_variables_may_contain_layers(tmp_path):
    def build(classes: int) -> keras.Model:
        image = keras.Input((3,))
        x = keras.Sequential([keras.layers.Rescaling(2.0), keras.layers.Dropout(0.5)])(image)
        return keras.Model(image, keras.layers.Dense(classes, name=HEAD)(keras.layers.Dense(4, name="fc")(x)))

    model, again = build(2), build(3)
    model.save_weights(tmp_path / "net.weights.h5")
    assert load_weights(again, tmp_path / "net.weights.h5", head="fit").fresh == (HEAD,)
    np.testing.assert_array_equal(kernel(again, "fc"), kernel(model, "fc"))


def two_branches(order: tuple[str, ...], join, **names: str) -> keras.Model:
    """Dense layers of equal shapes, joined in an order, which is also that of `model.layers`."""
    image = keras.Input((3,))
    branches = {name: keras.layers.Dense(3, name=names.get(name, name))(image) for name in ("left", "right")}
    return keras.Model(image, join([branches[name] for name in order]))


def test_names_decide_between_layers_of_equal_shapes(tmp_path):
    model = two_branches(("left", "right"), keras.layers.Subtract())
    model.save_weights(tmp_path / "net.weights.h5")
    again = two_branches(("right", "left"), keras.layers.Concatenate())
    load_weights(again, tmp_path / "net.weights.h5")
    for name in ("left", "right"):
        np.testing.assert_array_equal(kernel(again, name), kernel(model, name))
    renamed = two_branches(("left", "right"), keras.layers.Subtract(), left="dense_8", right="dense_9")
    load_weights(renamed, tmp_path / "net.weights.h5")
    np.testing.assert_array_equal(kernel(renamed, "dense_8"), kernel(model, "left"))
