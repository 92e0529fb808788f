"""Prepares images as each source of weights prepared them for its networks.

The models that take these weights never do it themselves: the caller prepares the images, and the manifest of a
converted weights file names the mode. The caller also resizes and crops; the manifest records the published sizes.
"""

from inception_keras.errors import UserError, unknown

MODES = ("caffe", "vgg", "torch", "tf")

# Means of blue, green, red: BVLC's, `mean_value` of models/bvlc_googlenet/train_val.prototxt; and those of VGG's
# authors, which Keras Applications has in its mode "caffe".
CAFFE_MEAN = (104.0, 117.0, 123.0)
VGG_MEAN = (103.939, 116.779, 123.68)
TORCH_MEAN = (0.485, 0.456, 0.406)  # of red, green, blue in 0 to 1: ImageNet's, in torchvision's transforms
TORCH_STD = (0.229, 0.224, 0.225)


def preprocess_input(images, mode: str):
    """Images as the weights of a source expect them.

    Args:
        images: RGB, values from 0 to 255, `(..., height, width, 3)`; `uint8` or floating point. A NumPy array, or a
            tensor of the Keras backend.
        mode: `"caffe"`: to BGR, minus BVLC's mean per channel (104, 117, 123), not scaled. `"vgg"`: the same with the
            means 103.939, 116.779, 123.68, as the mode `"caffe"` of Keras Applications. `"torch"`: to 0..1, minus
            ImageNet's mean, divided by its standard deviation. `"tf"`: to -1..1.

    Returns:
        float32, of the same shape; an array for an array, a tensor for a tensor. `images` is not changed.

    Raises:
        UserError: The mode is unknown, or the last axis of the images is not three channels.

    >>> import numpy as np
    >>> white = np.full((1, 1, 3), 255, "uint8")
    >>> preprocess_input(white, "tf").tolist()
    [[[1.0, 1.0, 1.0]]]
    >>> preprocess_input(white, "caffe").tolist()
    [[[151.0, 138.0, 132.0]]]
    """
    import numpy as np

    if mode not in MODES:
        raise unknown("preprocessing mode", mode, MODES)
    shape = getattr(images, "shape", None)
    if shape is None:
        images = np.asarray(images)
        shape = images.shape
    if len(shape) < 3 or shape[-1] != 3:
        raise UserError(f"images must be (..., height, width, 3), channels last; got {tuple(shape)}")
    if isinstance(images, np.ndarray):
        images = images.astype("float32")
    else:
        from keras import ops

        images = ops.cast(images, "float32")
    if mode in ("caffe", "vgg"):
        return images[..., ::-1] - np.array(CAFFE_MEAN if mode == "caffe" else VGG_MEAN, "float32")
    if mode == "torch":
        return (images / np.float32(255) - np.array(TORCH_MEAN, "float32")) / np.array(TORCH_STD, "float32")
    return images / np.float32(127.5) - np.float32(1)


def constants(mode: str) -> dict[str, object]:
    """What a mode does, in numbers: `(pixel - mean) / std` on pixels from 0 to 255, per channel in the order given.

    >>> constants("caffe")
    {'order': 'BGR', 'mean': [104.0, 117.0, 123.0], 'std': [1.0, 1.0, 1.0]}
    """
    if mode in ("caffe", "vgg"):
        return {"order": "BGR", "mean": list(CAFFE_MEAN if mode == "caffe" else VGG_MEAN), "std": [1.0] * 3}
    if mode == "torch":
        mean, std = ([round(255 * value, 3) for value in values] for values in (TORCH_MEAN, TORCH_STD))
        return {"order": "RGB", "mean": mean, "std": std}
    shift = 127.5 if mode == "tf" else 0.0
    return {"order": "RGB", "mean": [shift] * 3, "std": [shift or 1.0] * 3}
