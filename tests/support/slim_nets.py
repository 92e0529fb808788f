"""TF-slim's Inception v1 and v2 in TensorFlow's own operations, with random variables under slim's names.

Written after `research/slim/nets/inception_v*.py` of tensorflow/models, and independent of the models of the zoo. The
larger networks are in `slim_large_nets.py`.
"""

import io
import tarfile
from pathlib import Path

import numpy as np
import tensorflow as tf

CLASSES = 1001
EPSILON = 1e-3


class Variables(dict):
    """Variables by name, made at random when they are first used."""

    def __init__(self):
        self.random = np.random.default_rng(0)

    def kernel(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        scale = np.sqrt(2 / np.prod(shape[:-1]))
        return self.setdefault(name, self.random.normal(0, scale, shape).astype("float32"))

    def vector(self, name: str, size: int, low: float, high: float) -> np.ndarray:
        return self.setdefault(name, self.random.uniform(low, high, size).astype("float32"))


class Scope:
    """A variable scope: `conv` and `branch` as slim's nets use them."""

    def __init__(self, variables: Variables, name: str):
        self.variables, self.name = variables, name

    def at(self, name: str) -> "Scope":
        return Scope(self.variables, f"{self.name}/{name}")

    def conv(self, x, filters: int, size: tuple[int, int], scope: str, stride=1, padding="SAME"):
        name = f"{self.name}/{scope}"
        x = tf.nn.conv2d(x, self.variables.kernel(f"{name}/weights", (*size, x.shape[-1], filters)), stride, padding)
        norm = [
            self.variables.vector(f"{name}/BatchNorm/{part}", filters, *bounds)
            for part, bounds in (("moving_mean", (-0.1, 0.1)), ("moving_variance", (0.5, 1.5)), ("beta", (-0.1, 0.1)))
        ]
        return tf.nn.relu(tf.nn.batch_normalization(x, *norm, None, EPSILON))

    def chain(self, x, *steps, stride=1, last="SAME"):
        """Convolutions in a row, each (scope, filters); the size is at the end of the scope."""
        for place, (scope, filters) in enumerate(steps, 1):
            size = tuple(map(int, scope.rsplit("_", 1)[1].split("x")))
            ends = place == len(steps)
            x = self.conv(x, filters, size, scope, stride if ends else 1, last if ends else "SAME")
        return x

    def logits(self, x, scope: str, matrix: bool = False):
        x = tf.reduce_mean(x, (1, 2), keepdims=True)
        shape = (x.shape[-1], CLASSES) if matrix else (1, 1, x.shape[-1], CLASSES)
        kernel = self.variables.kernel(f"{self.name}/{scope}/weights", shape)
        bias = self.variables.vector(f"{self.name}/{scope}/biases", CLASSES, -0.1, 0.1)
        return tf.matmul(x[:, 0, 0], kernel.reshape(-1, CLASSES)) + bias


def max_pool(x, size=3, stride=1, padding="SAME"):
    return tf.nn.max_pool2d(x, size, stride, padding)


def average_pool(x):
    return tf.nn.avg_pool2d(x, 3, 1, "SAME")


# -- Inception v1 ------------------------------------------------------------------------------------------------------
V1 = {
    "Mixed_3b": (64, 96, 128, 16, 32, 32), "Mixed_3c": (128, 128, 192, 32, 96, 64), "pool 3": None,
    "Mixed_4b": (192, 96, 208, 16, 48, 64), "Mixed_4c": (160, 112, 224, 24, 64, 64),
    "Mixed_4d": (128, 128, 256, 24, 64, 64), "Mixed_4e": (112, 144, 288, 32, 64, 64),
    "Mixed_4f": (256, 160, 320, 32, 128, 128), "pool 2": None, "Mixed_5b": (256, 160, 320, 32, 128, 128),
    "Mixed_5c": (384, 192, 384, 48, 128, 128),
}  # fmt: skip


def inception_v1(variables: Variables, x):
    net = Scope(variables, "InceptionV1")
    x = max_pool(net.conv(x, 64, (7, 7), "Conv2d_1a_7x7", 2), 3, 2)
    x = net.chain(x, ("Conv2d_2b_1x1", 64), ("Conv2d_2c_3x3", 192))
    x = max_pool(x, 3, 2)
    for name, row in V1.items():
        if row is None:
            x = max_pool(x, int(name[-1]), 2)
            continue
        one, reduce3, three, reduce5, five, pool = row
        module, typo = net.at(name), "Conv2d_0a_3x3" if name == "Mixed_5b" else "Conv2d_0b_3x3"
        x = tf.concat(
            [
                module.chain(x, ("Branch_0/Conv2d_0a_1x1", one)),
                module.chain(x, ("Branch_1/Conv2d_0a_1x1", reduce3), ("Branch_1/Conv2d_0b_3x3", three)),
                module.chain(x, ("Branch_2/Conv2d_0a_1x1", reduce5), (f"Branch_2/{typo}", five)),
                module.chain(max_pool(x), ("Branch_3/Conv2d_0b_1x1", pool)),
            ],
            3,
        )
    return net.logits(x, "Logits/Conv2d_0c_1x1")


# -- Inception v2 ------------------------------------------------------------------------------------------------------
V2 = {
    "Mixed_3b": (64, 64, 64, 64, 96, 32), "Mixed_3c": (64, 64, 96, 64, 96, 64), "Mixed_4a": (128, 160, 64, 96),
    "Mixed_4b": (224, 64, 96, 96, 128, 128), "Mixed_4c": (192, 96, 128, 96, 128, 128),
    "Mixed_4d": (160, 128, 160, 128, 160, 96), "Mixed_4e": (96, 128, 192, 160, 192, 96),
    "Mixed_5a": (128, 192, 192, 256), "Mixed_5b": (352, 192, 320, 160, 224, 128),
    "Mixed_5c": (352, 192, 320, 192, 224, 128),
}  # fmt: skip


def inception_v2(variables: Variables, x):
    net = Scope(variables, "InceptionV2")
    stem = "InceptionV2/Conv2d_1a_7x7"
    kernels = (variables.kernel(f"{stem}/depthwise_weights", (7, 7, 3, 8)) * 3,
               variables.kernel(f"{stem}/pointwise_weights", (1, 1, 24, 64)))  # fmt: skip
    variables[f"{stem}/depthwise_weights"] = kernels[0]
    x = tf.nn.separable_conv2d(x, *kernels, (1, 2, 2, 1), "SAME")
    x = max_pool(tf.nn.relu(x + variables.vector(f"{stem}/biases", 64, -0.1, 0.1)), 3, 2)
    x = net.chain(x, ("Conv2d_2b_1x1", 64), ("Conv2d_2c_3x3", 192))
    x = max_pool(x, 3, 2)
    for name, row in V2.items():
        module = net.at(name)
        if len(row) == 4:
            reduce3, three, reduce_double, double = row
            single = (("Branch_0/Conv2d_0a_1x1", reduce3), ("Branch_0/Conv2d_1a_3x3", three))
            doubles = [("Branch_1/Conv2d_0a_1x1", reduce_double)]
            doubles += [(f"Branch_1/Conv2d_{place}_3x3", double) for place in ("0b", "1a")]
            x = tf.concat(
                [module.chain(x, *single, stride=2), module.chain(x, *doubles, stride=2), max_pool(x, 3, 2)], 3
            )
            continue
        one, reduce3, three, reduce_double, double, pool = row
        pooled = max_pool(x) if name == "Mixed_5c" else average_pool(x)
        doubles = [("Branch_2/Conv2d_0a_1x1", reduce_double)]
        doubles += [(f"Branch_2/Conv2d_{place}_3x3", double) for place in ("0b", "0c")]
        x = tf.concat(
            [
                module.chain(x, ("Branch_0/Conv2d_0a_1x1", one)),
                module.chain(x, ("Branch_1/Conv2d_0a_1x1", reduce3), ("Branch_1/Conv2d_0b_3x3", three)),
                module.chain(x, *doubles),
                module.chain(pooled, ("Branch_3/Conv2d_0b_1x1", pool)),
            ],
            3,
        )
    return net.logits(x, "Logits/Conv2d_1c_1x1")


# -- files -------------------------------------------------------------------------------------------------------------


def write_checkpoint(path: Path, variables: dict[str, np.ndarray]) -> Path:
    """Writes a checkpoint in one file, as TensorFlow did in 2016; returns the path."""
    tf.raw_ops.Save(filename=str(path), tensor_names=list(variables), data=list(variables.values()))
    return path


def packed(path: Path) -> bytes:
    """A `.tar.gz` archive of a file, which is not compressed: random numbers can't be."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz", compresslevel=0) as archive:
        archive.add(path, path.name)
    return content.getvalue()
