"""A network with auxiliary heads says what labels it takes."""

import keras
import numpy as np
import pytest

from inception_keras import GoogLeNet, UserError, inference_model
from inception_keras.models.parts.auxiliary import ModelWithAuxiliaryHeads
from inception_keras.models.parts.inputs import make_model

LABELS = np.array([0, 1, 2, 1])
LOSS = "sparse_categorical_crossentropy"


@pytest.fixture(scope="module")
def model():
    return two_more()


def two_more() -> keras.Model:
    image = keras.Input((4, 4, 3), name="image")
    x = keras.layers.Flatten()(image)
    heads = {name: keras.layers.Dense(3, name=name)(x) for name in ("aux_4a", "aux_4d", "main")}
    return make_model(image, heads, input_tensor=None, weights=None, name="two_more")


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).normal(size=(4, 4, 4, 3)).astype("float32")


@pytest.mark.parametrize("labels", [LABELS, [LABELS] * 3, {"man": LABELS}])
@pytest.mark.parametrize("named", [True, False])
@pytest.mark.jax
def test_labels_that_are_no_dict_are_one_line(model, images, labels, named):
    model.compile("sgd", dict.fromkeys(model.output, LOSS) if named else LOSS)
    for use in (model.fit, model.evaluate):
        with pytest.raises(UserError, match=r"has the outputs aux_4a, aux_4d, main: give labels.*as dicts") as error:
            use(images, labels)
        assert "\n" not in str(error.value)


def test_a_dict_of_labels_trains(model, images):
    model.compile("sgd", dict.fromkeys(model.output, LOSS), jit_compile=False)
    model.fit(images, dict.fromkeys(model.output, LABELS), verbose=0)
    model.compile("sgd", {"main": LOSS}, jit_compile=False)
    model.fit(images, {"main": LABELS}, verbose=0)


@pytest.mark.parametrize(
    ("losses", "labels", "words"),
    [
        (["main", "aux_4a", "aux_4d"], ["main"], "lack aux_4a, aux_4d"),
        (None, ["main"], "lack aux_4a, aux_4d"),
        (["main"], ["aux_4a"], "lack main"),
        (["main"], ["main", "aux_4a"], "have aux_4a without a loss"),
        (["man"], ["main"], "has the outputs aux_4a, aux_4d, main"),
    ],
)
@pytest.mark.jax
def test_labels_of_other_outputs_than_the_losses_are_one_line(model, images, losses, labels, words):
    model.compile("sgd", dict.fromkeys(losses, LOSS) if losses else LOSS)
    for use in (model.fit, model.evaluate):
        with pytest.raises(UserError, match=words) as error:
            use(images, dict.fromkeys(labels, LABELS), verbose=0)
        assert "\n" not in str(error.value)


def test_metrics_need_the_labels_of_every_output(images):
    model = two_more()
    model.compile("sgd", {"main": LOSS}, metrics={"main": ["accuracy"]}, jit_compile=False)
    with pytest.raises(UserError, match=r"lack aux_4a, aux_4d.*inference_model\(model\)"):
        model.evaluate(images, {"main": LABELS}, verbose=0)
    model.compile("sgd", {"main": LOSS}, metrics={"main": ["accuracy"]}, jit_compile=False)
    model.evaluate(images, dict.fromkeys(model.output, LABELS), verbose=0)


def test_labels_without_a_loss_are_taken_if_there_are_those_of_all_outputs(model, images):
    model.compile("sgd", {"main": LOSS}, jit_compile=False)
    expected = model.evaluate(images, {"main": LABELS}, verbose=0)
    others = {"main": LABELS, "aux_4a": 2 - LABELS, "aux_4d": 2 - LABELS}
    assert model.evaluate(images, others, verbose=0) == pytest.approx(expected)
    model.fit(images, others, verbose=0)


def test_it_is_saved_and_copied_like_any_model(model, images, tmp_path):
    expected = model.predict(images, verbose=0)
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    copied = keras.models.clone_model(model)
    copied.set_weights(model.get_weights())
    for other in (loaded, copied):
        got = other.predict(images, verbose=0)
        assert list(got) == ["aux_4a", "aux_4d", "main"]
        np.testing.assert_allclose(got["main"], expected["main"], rtol=1e-5)


def test_googlenet_is_one_only_with_auxiliary_heads():
    small = {"stem": "small", "stem_stride": 2, "width": 0.05, "input_shape": (32, 32, 3), "classes": 3}
    model = GoogLeNet(aux_heads="4a", **small)
    assert isinstance(model, ModelWithAuxiliaryHeads)
    assert not isinstance(inference_model(model), ModelWithAuxiliaryHeads)
    assert not isinstance(GoogLeNet(**small), ModelWithAuxiliaryHeads)
