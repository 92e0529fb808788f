"""A frozen convolution that whitens the patches of the training images."""

import keras
import numpy as np

from inception_keras.errors import warn

# Added to every eigenvalue, as a share of their mean: 5e-4 in both sources, whose pixels have a variance of 1.
EPSILON = 5e-4
AT_ONCE = 256  # images


@keras.saving.register_keras_serializable(package="inception_keras")
class PatchWhitening(keras.layers.Conv2D):
    """A convolution with stride 1 and without padding whose outputs have mean 0 and, nearly, unit covariance.

    Its filters are the eigenvectors of the covariance of the images' patches, each divided by the square root of its
    eigenvalue, the largest first; then the same with the opposite sign, so that ReLU loses nothing. `adapt` computes
    them from images; they are not trained. Sources: tysam-code/hlb-CIFAR10, main.py; KellerJordan/cifar10-airbench,
    legacy/airbench94.py, whose convolution has a trained bias; here the bias subtracts the mean of the patches.

    Until `adapt` was called or weights were loaded, the filters are random. A training with such filters warns once; so
    does one whose filters came by `model.set_weights`, which tells its layers nothing.

    Args:
        filters: Twice the values of a patch: 24 for 2x2 patches of colour images.
        kernel_size: Side of the patches in pixels.
    """

    def __init__(self, filters: int, kernel_size: int | tuple[int, int] = 2, **kwargs):
        super().__init__(filters, kernel_size, **{"trainable": False, **kwargs})
        self._silent = False  # nothing to warn of, or warned already

    def add_weight(self, *args, **kwargs):
        """Makes a variable that is not trained, not even after `model.trainable = True`, which reaches every layer."""
        return super().add_weight(*args, **{**kwargs, "trainable": False})

    def build(self, input_shape):
        super().build(input_shape)
        *patch, filters = self.kernel.shape
        if filters != 2 * np.prod(patch):
            raise ValueError(f"{self.name}: {filters} filters are not twice the {np.prod(patch)} values of a patch")

    def call(self, inputs, training=None):
        if training and not self._silent:
            self._silent = True
            warn(
                f"{self.name!r} was neither adapted nor loaded before the training, so its filters, which are never "
                f"trained, may be random: call model.get_layer({self.name!r}).adapt(images) first, with training images"
            )
        return super().call(inputs)

    def load_own_variables(self, store):
        super().load_own_variables(store)
        self._silent = True

    def set_weights(self, weights):
        super().set_weights(weights)
        self._silent = True

    def adapt(self, images: np.ndarray):
        """Computes the filters.

        Args:
            images: float (n, height, width, channels), as the layer sees them in training.
        """
        mean, covariance = patch_statistics(images, self.kernel_size)
        values, vectors = np.linalg.eigh(covariance)
        scaled = (vectors / np.sqrt(values + EPSILON * values.mean()))[:, ::-1]
        kernel = np.concatenate([scaled, -scaled], axis=1)
        self.kernel.assign(kernel.reshape(self.kernel.shape))
        self.bias.assign(-mean @ kernel)
        self._silent = True


def patch_statistics(images: np.ndarray, sides: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Mean (values,) and covariance (values, values) of all patches of the images, float64.

    Args:
        images: (n, height, width, channels).
        sides: Height and width of a patch; its values are in the order of a kernel: rows, columns, channels.
    """
    values = sides[0] * sides[1] * images.shape[-1]
    total, products, count = np.zeros(values), np.zeros((values, values)), 0
    for first in range(0, len(images), AT_ONCE):
        views = np.lib.stride_tricks.sliding_window_view(images[first : first + AT_ONCE], sides, axis=(1, 2))
        patches = np.moveaxis(views, 3, -1).reshape(-1, values).astype("float64")
        total, products, count = total + patches.sum(axis=0), products + patches.T @ patches, count + len(patches)
    mean = total / count
    return mean, products / count - np.outer(mean, mean)
