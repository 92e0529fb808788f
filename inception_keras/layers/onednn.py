"""A bug in a gradient of oneDNN, and the way around it.

oneDNN (in TensorFlow 2.21, with AVX2) wrote past its memory in the weight gradient of a strided 1x1 convolution on 3
and on 6 channels; it works on blocks of 8 channels. If the channels do not fill whole blocks, the pixels that the
stride skips are removed first and the convolution has stride 1: the result is the same.
"""

from keras import layers

BLOCK = 8  # channels


def overruns(patch: int, stride: int, channels: int) -> bool:
    """Whether a convolution with this patch and stride on so many channels triggers the bug."""
    return patch == 1 and stride > 1 and channels % BLOCK != 0


def leave_out(x, stride: int, *, name: str):
    """Keeps every `stride`-th pixel of the map `x`, for a 1x1 convolution called `name` that then has stride 1."""
    return layers.MaxPooling2D(1, stride, name=f"{name}_every")(x)
