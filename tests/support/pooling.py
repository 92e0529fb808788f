"""Max pooling that rounds sizes up, window by window, as in Caffe's `pooling_layer.cpp` without padding."""

from math import ceil

import numpy as np


def ceil_max_pool(x: np.ndarray, patch: int, stride: int) -> np.ndarray:
    """`x` is `(batch, height, width, channels)`; windows start at the first pixel and are cut at the far edges."""
    height, width = (ceil((side - patch) / stride) + 1 for side in x.shape[1:3])
    rows = [slice(stride * row, stride * row + patch) for row in range(height)]
    columns = [slice(stride * column, stride * column + patch) for column in range(width)]
    return np.stack([np.stack([x[:, row, column].max((1, 2)) for column in columns], 1) for row in rows], 1)
