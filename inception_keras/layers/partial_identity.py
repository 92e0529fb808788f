"""An initialiser that lets a convolution pass its input on."""

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="inception_keras")
class PartialIdentity(keras.initializers.LecunUniform):
    """The first filters of a convolution each copy one input channel; the others are uniform over the fan-in.

    There are as many identities as input channels, or as filters if those are fewer. Source: KellerJordan/
    cifar10-airbench, legacy/airbench94.py, where `dirac_` does this to every 3x3 convolution.
    """

    def __call__(self, shape, dtype=None):
        drawn = super().__call__(shape, dtype)
        height, width, inputs, filters = shape
        same = np.arange(min(inputs, filters))
        identity = np.zeros(shape)
        identity[height // 2, width // 2, same, same] = 1
        return ops.where(np.arange(filters) < inputs, ops.cast(identity, drawn.dtype), drawn)
