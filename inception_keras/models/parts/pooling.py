"""Max pooling as the sources round it: up, as Caffe and torch's `ceil_mode` do, as TensorFlow's `same`, or down."""

from math import ceil

from keras import layers


def apply_max_pool(x, patch: int, stride: int, padding: str, *, name: str):
    """Max pooling of a map whose values are not negative, as after ReLU.

    Args:
        x: `(batch, height, width, channels)`; a side may be open.
        patch: Side of the window in pixels.
        stride: Pixels between two windows, at most `patch`.
        padding: `ceil`: the first window starts at the first pixel, and the last may reach over the edge, so that sizes
            round up (Caffe, torch's `ceil_mode`); `same`: TensorFlow's, which at odd sides starts before the edge;
            `valid`: no window reaches over an edge.
        name: Name of the pooling. A padding layer before it, where there is one, is called `NAME_pad`.
    """
    if padding == "ceil":
        sides = x.shape[1:3]
        over = [_over_the_edge(side, patch, stride) for side in sides]
        if over == [0, 0] and None not in sides:
            padding = "valid"
        elif all(_is_same(side, patch, stride) for side in sides):
            padding = "same"
        else:  # zeros can't win where nothing is below zero
            x = layers.ZeroPadding2D(tuple((0, pixels) for pixels in over), name=f"{name}_pad")(x)
            padding = "valid"
    return layers.MaxPooling2D(patch, stride, padding, name=name)(x)


def _over_the_edge(side: int | None, patch: int, stride: int) -> int:
    """Pixels of the last window beyond the edge.

    Of an open side it is the most that there can be: where fewer are needed, no window reaches the rest.
    """
    if side is None:
        return stride - 1
    return _windows(side, patch, stride) * stride - stride + patch - side


def _windows(side: int, patch: int, stride: int) -> int:
    return ceil((side - patch) / stride) + 1


def _is_same(side: int | None, patch: int, stride: int) -> bool:
    """Whether `same` has as many windows here, the first of them at the first pixel too."""
    return side is not None and ceil(side / stride) == _windows(side, patch, stride)
