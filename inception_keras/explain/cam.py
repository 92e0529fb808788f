"""Where in an image a network finds the evidence for a class: class activation maps and Grad-CAM.

A class activation map (Zhou et al., arXiv 1512.04150, section 2) is exact. With average pooling and a linear layer the
logit of a class is a sum over positions, and the map holds the terms of this sum. With maps `a`, the classifier's
kernel `w` and bias `b`, and `h x w` positions:

    map[i, j] = sum over channels c of w[c, class] a[i, j, c] / (h w)        (head "gap")
    map[i, j] = a[i, j, class] / (h w)                                       (head "conv": `a` are maps of the classes)

So the sum of the unresized map (its mean times the number of positions) plus the bias is the logit. The `conv` head has
its bias inside `a`, before the rectifier, and adds none after the pooling. `logit_scale` multiplies map and bias.

Grad-CAM (Selvaraju et al., arXiv 1610.02391, section 3) needs no pooling: it weights each channel by the mean over
positions of the logit's gradient, sums over channels and rectifies. With a pooling head it equals the rectified class
activation map.

Both explain logits, never probabilities; for a model with a softmax, the softmax's input. A probability can rise
because another class falls, and its gradient vanishes where the network is certain.
"""

from collections.abc import Sequence

import keras
import numpy as np
from keras import layers, ops

from inception_keras.errors import UserError
from inception_keras.explain.gradients import gradient
from inception_keras.explain.tails import Tail, check_images, last_call, to_numpy

BATCH = 32  # images whose maps are in memory at once

ClassIndex = int | Sequence[int] | np.ndarray | None


def class_activation_map(model: keras.Model, images, class_index: ClassIndex = None, *, resize=True) -> np.ndarray:
    """How much each position adds to the logit of a class, for a head that pools.

    Args:
        model: A functional model that ends in average pooling and one linear layer, or in one map per class and average
            pooling (`head="gap"` and `head="conv"`, and every related network with such a head).
        images: Prepared as the model expects them, `(n, height, width, channels)`.
        class_index: One class for all images, or one per image; `None` for the class with the highest logit.
        resize: Whether to resize the maps to the images' size (bilinear). Their values stay in the logit's unit, but
            only the unresized ones add up to it.

    Returns:
        float32 `(n, height, width)`, with the images' sides or, unresized, those of the last map. A negative value is
        evidence against the class.

    Raises:
        UserError: The model has another head or a quantised one, the images have another shape, the model does not have
            the class, or the map is 1 x 1.
    """
    tail = Tail(model)
    weigh = _pooling_weights(tail)

    def explain(maps: np.ndarray, classes: np.ndarray) -> np.ndarray:
        return np.einsum("nijc,nc->nij", maps, weigh(classes)) / (maps.shape[1] * maps.shape[2])

    return _explained(tail, images, class_index, explain, resize)


def grad_cam(
    model: keras.Model,
    images,
    class_index: ClassIndex = None,
    *,
    layer: str | None = None,
    rectify=True,
    resize=True,
) -> np.ndarray:
    """Where the maps of a layer support a class, for any head.

    Args:
        model: A functional model from images to classes.
        images, class_index, resize: See `class_activation_map`.
        layer: The name of the layer whose maps are weighted, also inside a nested model; `None` for those that the head
            takes. Every path to the output must lead through it.
        rectify: Whether to set evidence against the class to zero, as in the paper.

    Returns:
        float32 `(n, height, width)`, with the images' sides or, unresized, those of the layer's map.

    Raises:
        UserError: As `class_activation_map`, but for any head; the model has no last map, or the backend no gradients.
    """
    tail = Tail(model, layer)

    def explain(maps: np.ndarray, classes: np.ndarray) -> np.ndarray:
        chosen = ops.convert_to_tensor(np.eye(tail.classes, dtype="float32")[classes])
        # No image affects another, so each gets its own gradient.
        slopes = gradient(lambda maps: ops.sum(tail(maps) * chosen), maps)
        found = np.einsum("nijc,nc->nij", maps, slopes.mean(axis=(1, 2)))
        return np.maximum(found, 0) if rectify else found

    return _explained(tail, images, class_index, explain, resize)


def has_exact_map(model: keras.Model) -> bool:
    """Whether `class_activation_map` supports the model: its head pools, and what follows is linear."""
    try:
        _pooling_weights(Tail(model))
    except UserError:
        return False
    return True


def _pooling_weights(tail: Tail):
    """A function from classes `(n,)` to the weights `(n, channels)` of the pooled channels in their logits."""
    last, scale = _before_scale(last_call(tail.logits))
    call = last if isinstance(last.operation, layers.GlobalAveragePooling2D) else _before_dropout(last)
    if not isinstance(call.operation, layers.GlobalAveragePooling2D) or call.input_tensors[0] is not tail.map:
        raise UserError(
            f"{tail.graph.name} has no exact class activation map, because its head is not average pooling followed by "
            "at most one linear layer: use grad_cam"
        )
    if call is last:  # one map per class
        return lambda classes: scale * np.eye(tail.classes, dtype="float32")[classes]
    if getattr(last.operation, "quantization_mode", None):  # its kernel is whole numbers without their scale
        raise UserError(
            f"{tail.graph.name} has no exact class activation map, because {last.operation.name!r} is quantised to "
            f"{last.operation.quantization_mode}: use grad_cam, or explain the model before quantize()"
        )
    kernel = scale * to_numpy(last.operation.kernel)
    return lambda classes: kernel.T[classes]


def _before_scale(call):
    """The call before a factor on all logits (`logit_scale`), and the factor; the call itself and 1 without."""
    layer = call.operation
    if isinstance(layer, layers.Rescaling) and np.ndim(layer.scale) == 0 and np.all(np.equal(layer.offset, 0)):
        return last_call(call.input_tensors[0]), float(layer.scale)
    return call, 1.0


def _before_dropout(call):
    """The call that computes a dense layer's input, before any dropout; `call` itself if it is not a dense layer's."""
    if not isinstance(call.operation, layers.Dense):
        return call
    call = last_call(call.input_tensors[0])
    while isinstance(call.operation, layers.Dropout):
        call = last_call(call.input_tensors[0])
    return call


def _explained(tail: Tail, images, class_index: ClassIndex, explain, resize: bool) -> np.ndarray:
    images = check_images(tail.graph, images)
    classes = check_classes(tail, class_index, len(images))
    head, found = tail.head(), []
    for start in range(0, len(images), BATCH):
        batch = images[start : start + BATCH]
        maps = to_numpy(head(batch, training=False))
        if maps.shape[1:3] == (1, 1):
            raise UserError(
                f"{tail.graph.name}: the map is 1 x 1 at this input size and shows no positions: use larger images, a "
                "network with fewer strides, or an earlier layer"
            )
        chosen = (
            to_numpy(tail(ops.convert_to_tensor(maps))).argmax(axis=1) if classes is None else classes[start:][:BATCH]
        )
        found.append(resized(explain(maps, chosen), batch.shape[1:3]) if resize else explain(maps, chosen))
    return np.concatenate(found).astype("float32")


def resized(maps: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Maps `(n, height, width)` resized bilinearly to `size`."""
    return to_numpy(ops.image.resize(maps[..., None].astype("float32"), size, data_format="channels_last"))[..., 0]


def check_classes(tail: Tail, class_index: ClassIndex, count: int) -> np.ndarray | None:
    """One class per image, `(count,)`, or `None` for `None`; raises `UserError` for classes that do not exist."""
    if class_index is None:
        return None
    classes = np.asarray(class_index)
    if classes.dtype.kind not in "iu" or classes.shape not in ((), (count,)):
        raise UserError(f"class_index must be a whole number, or one for each of {count} images; got {class_index!r}")
    if classes.size and (classes.min() < 0 or classes.max() >= tail.classes):
        raise UserError(f"{tail.graph.name} has the classes 0 to {tail.classes - 1}; got class_index {class_index!r}")
    return np.broadcast_to(classes, (count,))
