"""A gradient of oneDNN that a network has to keep away from.

oneDNN (of TensorFlow 2.21, with AVX2) wrote past its memory in the gradient of the weights of a strided 1x1 on 3 and on
6 channels; its blocks are of 8. Where channels don't fill them, pixels are left out first: it comes to the same.
"""

from keras import layers

BLOCK = 8


def overruns(patch: int, stride: int, channels: int) -> bool:
    """Whether a convolution is such a strided 1x1, on so many channels."""
    return patch == 1 and stride > 1 and channels % BLOCK != 0


def leave_out(x, stride: int, *, name: str):
    """Of the map `x` every pixel that a convolution called `name` would read, which has no stride then."""
    return layers.MaxPooling2D(1, stride, name=f"{name}_every")(x)
