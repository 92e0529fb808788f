"""A gradient of oneDNN that a network has to keep away from."""

# oneDNN (of TensorFlow 2.21, with AVX2) wrote past its memory in the gradient of the weights of a strided 1x1 on 3 and
# on 6 channels; its blocks are of 8. Where channels don't fill them, pixels are left out first: it comes to the same.
BLOCK = 8


def overruns(config: dict, channels: int) -> bool:
    """Whether a convolution of that configuration is a strided 1x1 on channels that don't fill the blocks."""
    patch, strides = (tuple(config[name]) for name in ("kernel_size", "strides"))
    return patch == (1, 1) and strides != (1, 1) and channels % BLOCK != 0
