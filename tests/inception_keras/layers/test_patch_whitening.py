"""The whitening convolution: patches of unit covariance, as its sources compute them."""

import warnings

import keras
import numpy as np
import pytest

from inception_keras.layers.patch_whitening import AT_ONCE, EPSILON, PatchWhitening, patch_statistics

pytestmark = pytest.mark.jax


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    """Images whose neighbouring pixels and colours are correlated, with a mean of their own; more than one chunk."""
    noise = np.random.default_rng(0).normal(size=(AT_ONCE + 7, 9, 10, 3)).astype("float32")
    smooth = noise[:, 1:, 1:] + 0.5 * noise[:, :-1, 1:] + 0.3 * noise[:, 1:, :-1]
    return smooth @ np.array([[1, 0.5, 0.2], [0, 1, 0.4], [0, 0, 0.7]], "float32") + 2


@pytest.fixture(scope="module")
def layer(images) -> PatchWhitening:
    layer = PatchWhitening(24, 2)
    layer.build(images.shape)
    layer.adapt(images)
    return layer


def test_whitened_patches_have_unit_covariance(layer, images):
    whitened = np.asarray(layer(images))
    assert whitened.shape == (len(images), 7, 8, 24), "without padding"
    found = whitened.reshape(-1, 24)[:, :12].astype("float64")
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-4)
    covariance = np.cov(found, rowvar=False, bias=True)
    np.testing.assert_allclose(covariance - np.diag(np.diag(covariance)), 0, atol=1e-3)
    np.testing.assert_allclose(np.diag(covariance), 1, atol=0.05), "a little less where the variance is small"
    values = np.linalg.eigvalsh(patch_statistics(images, (2, 2))[1])[::-1]
    np.testing.assert_allclose(np.diag(covariance), values / (values + EPSILON * values.mean()), rtol=1e-3)


def test_the_second_half_has_the_other_sign(layer, images):
    whitened = np.asarray(layer(images[:5]))
    np.testing.assert_allclose(whitened[..., 12:], -whitened[..., :12], atol=1e-5)


def test_the_filters_are_those_of_airbench(layer, images):
    """airbench94.py subtracts no mean, since its images have none: here it is taken from the patches first."""
    windows = [images[:, y : y + 7, x : x + 8] for y in range(2) for x in range(2)]
    patches = np.concatenate(windows, axis=-1).reshape(-1, 12).astype("float64")
    values, vectors = np.linalg.eigh(np.cov(patches, rowvar=False))
    scaled = (vectors / np.sqrt(values + EPSILON * values.mean()))[:, ::-1]
    kernel = np.asarray(layer.kernel).reshape(12, 24)[:, :12]
    signs = np.sign((kernel * scaled).sum(axis=0))  # an eigenvector has no sign
    np.testing.assert_allclose(kernel, signs * scaled, rtol=1e-3, atol=1e-3)


def test_it_is_not_trained(images):
    layer = PatchWhitening(24, 2)
    model = keras.Sequential([keras.Input(images.shape[1:]), layer, keras.layers.GlobalAveragePooling2D()])
    assert model.trainable_variables == []
    again = PatchWhitening.from_config(layer.get_config())
    assert not again.trainable and again.filters == 24


def network(images) -> keras.Model:
    whitening, pool = PatchWhitening(24, 2, name="whitening"), keras.layers.GlobalAveragePooling2D()
    model = keras.Sequential([keras.Input(images.shape[1:]), whitening, pool, keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def test_it_is_not_trained_after_freezing_and_unfreezing(images):
    model = network(images)
    model.layers[0].adapt(images)
    before = model.layers[0].get_weights()
    model.trainable = False
    model.trainable = True
    assert [weight.name for weight in model.trainable_variables] == ["kernel", "bias"], "those of the classifier"
    model.compile("sgd", "mse")
    model.fit(images[:8], np.ones((8, 1)), verbose=0)
    for one, other in zip(before, model.layers[0].get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_training_warns_once_of_filters_that_are_not_known(images, tmp_path):
    model, labels = network(images), np.ones((8, 1))
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        model.predict(images[:8], verbose=0)
        assert not [one for one in found if "adapt" in str(one.message)], "no training"
        model.fit(images[:8], labels, epochs=2, verbose=0)
        model.compile("sgd", "mse")
        model.fit(images[:8], labels, verbose=0)
    assert len([one for one in found if "get_layer('whitening').adapt(images)" in str(one.message)]) == 1
    model.save(tmp_path / "m.keras")
    adapted, loaded, copied = network(images), keras.models.load_model(tmp_path / "m.keras"), network(images)
    adapted.layers[0].adapt(images)
    copied.layers[0].set_weights(model.layers[0].get_weights())
    for one in (adapted, loaded, copied):
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message=".*neither adapted nor loaded")
            one.fit(images[:8], labels, verbose=0)


def test_another_number_of_filters_is_refused():
    with pytest.raises(ValueError, match="whitening: 16 filters are not twice the 12 values of a patch"):
        PatchWhitening(16, 2, name="whitening").build((None, 8, 8, 3))
