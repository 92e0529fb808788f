"""Prepares images as each source of weights prepared them for its networks.

The models that take these weights never do it themselves: the caller prepares the images, and the manifest of a
converted weights file names the mode. The caller also resizes and crops; the manifest records the published sizes.
"""

from inception_keras.errors import UserError

MODES = ("caffe", "vgg", "caffe128", "torch", "tf")
PIXELS = "none"  # keeps 0 to 255, for networks that scale their input themselves (EfficientNet, MobileNet v3)

# Means of blue, green, red: BVLC's, `mean_value` of models/bvlc_googlenet/train_val.prototxt; those of VGG's authors,
# which Keras Applications has in its mode "caffe"; and those of BN-Inception's port (pretrainedmodels).
BGR_MEANS = {"caffe": (104.0, 117.0, 123.0), "vgg": (103.939, 116.779, 123.68), "caffe128": (104.0, 117.0, 128.0)}
TORCH_MEAN = (0.485, 0.456, 0.406)  # of red, green, blue in 0 to 1: ImageNet's, in torchvision's transforms
TORCH_STD = (0.229, 0.224, 0.225)


def preprocess_input(images, mode):
    """Images as the weights of a model expect them. They are neither resized nor cropped.

    Args:
        images: RGB, values from 0 to 255, `(..., height, width, 3)`; `uint8` or floating point. A NumPy array, or a
            tensor of the Keras backend.
        mode: A model whose weights have a manifest, such as weights by name; or the name of a model in the zoo, for its
            published weights; or one of these. `"caffe"`: to BGR, minus BVLC's mean per channel (104, 117, 123), not
            scaled. `"vgg"`: the same with the means 103.939, 116.779, 123.68, as the mode `"caffe"` of Keras
            Applications. `"caffe128"`: with 104, 117, 128, as BN-Inception's port. `"torch"`: to 0..1, minus
            ImageNet's mean, divided by its standard deviation. `"tf"`: to -1..1. `"none"`: 0 to 255, for networks that
            scale images themselves.

    Returns:
        float32, of the same shape; an array for an array, a tensor for a tensor. `images` is not changed.

    Raises:
        UserError: The mode is unknown, the model's weights have no manifest, or the images' last axis is not three
            channels.

    >>> import numpy as np
    >>> white = np.full((1, 1, 3), 255, "uint8")
    >>> preprocess_input(white, "tf").tolist()
    [[[1.0, 1.0, 1.0]]]
    >>> preprocess_input(white, "caffe").tolist()
    [[[151.0, 138.0, 132.0]]]
    """
    import numpy as np

    from inception_keras.weights.model_facts import preprocessing_mode

    mode = preprocessing_mode(mode)
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
    if mode in BGR_MEANS:
        return images[..., ::-1] - np.array(BGR_MEANS[mode], "float32")
    if mode == "torch":
        return (images / np.float32(255) - np.array(TORCH_MEAN, "float32")) / np.array(TORCH_STD, "float32")
    if mode == PIXELS:
        return images
    return images / np.float32(127.5) - np.float32(1)


def constants(mode: str) -> dict[str, object]:
    """What a mode does, in numbers: `(pixel - mean) / std` on pixels from 0 to 255, per channel in the order given.

    >>> constants("caffe")
    {'order': 'BGR', 'mean': [104.0, 117.0, 123.0], 'std': [1.0, 1.0, 1.0]}
    """
    if mode in BGR_MEANS:
        return {"order": "BGR", "mean": list(BGR_MEANS[mode]), "std": [1.0] * 3}
    if mode == "torch":
        mean, std = ([round(255 * value, 3) for value in values] for values in (TORCH_MEAN, TORCH_STD))
        return {"order": "RGB", "mean": mean, "std": std}
    shift = 127.5 if mode == "tf" else 0.0
    return {"order": "RGB", "mean": [shift] * 3, "std": [shift or 1.0] * 3}
