"""The layers of BVLC's networks, with weights of one number."""

import numpy as np

from tests.support.caffemodels import Layer

WEIGHT, BIAS = np.ones((1, 1, 1, 1), "float32"), np.ones(1, "float32")
LRN = ((1, 5), (2, 1e-4), (3, 0.75))  # local_size, alpha, beta
POOL = ((1, 0), (2, 3), (3, 2))  # MAX, kernel_size, stride
PAD, KERNEL, GROUP, STRIDE = 3, 4, 5, 6  # of a convolution


def convolution(name, bottom, **settings) -> list[Layer]:
    """A convolution and the ReLU that works in place."""
    fields = {"pad": PAD, "kernel": KERNEL, "group": GROUP, "stride": STRIDE}
    numbers = tuple((fields[key], value) for key, value in settings.items())
    return [
        Layer(name, "Convolution", (bottom,), (name,), numbers, (WEIGHT, BIAS)),
        Layer(f"relu_{name}", "ReLU", (name,), (name,)),
    ]


def dense(name, bottom, *, last=False) -> list[Layer]:
    layer = Layer(name, "InnerProduct", (bottom,), (name,), (), (WEIGHT[0, 0], BIAS))
    after = [Layer(f"relu_{name}", "ReLU", (name,), (name,)), Layer(f"drop_{name}", "Dropout", (name,), (name,))]
    return [layer] if last else [layer, *after]


def alexnet(*, order=("LRN", "Pooling"), lrn=LRN, pool=POOL, group=2, classifier="fc8") -> list[Layer]:
    """The layers of BVLC's models/bvlc_alexnet, or with the other order those of bvlc_reference_caffenet."""
    layers = [Layer("data", "Data", (), ("data", "label")), *convolution("conv1", "data", kernel=11, stride=4)]
    bottom = "conv1"
    for number, convolved in ((1, "conv2"), (2, "conv3")):
        for kind in order:
            name = {"LRN": "norm", "Pooling": "pool"}[kind] + str(number)
            layers.append(Layer(name, kind, (bottom,), (name,), lrn if kind == "LRN" else pool))
            bottom = name
        settings = {"pad": 2, "kernel": 5, "group": group} if convolved == "conv2" else {"pad": 1, "kernel": 3}
        layers += convolution(convolved, bottom, **settings)
        bottom = convolved
    layers += convolution("conv4", "conv3", pad=1, kernel=3, group=group)
    layers += convolution("conv5", "conv4", pad=1, kernel=3, group=group)
    layers += [Layer("pool5", "Pooling", ("conv5",), ("pool5",), pool)]
    return [*layers, *dense("fc6", "pool5"), *dense("fc7", "fc6"), *dense(classifier, "fc7", last=True)]


def googlenet(*, order=("1x1", "3x3", "5x5", "pool_proj")) -> list[Layer]:
    """The layers of BVLC's models/bvlc_googlenet, with the Split layers that Caffe adds when it trains."""
    layers = [Layer("data", "Data", (), ("data",)), *convolution("conv1/7x7_s2", "data", pad=3, kernel=7, stride=2)]
    layers += [Layer("pool1/3x3_s2", "Pooling", ("conv1/7x7_s2",), ("pool1",), POOL)]
    layers += [Layer("pool1/norm1", "LRN", ("pool1",), ("norm1",), LRN)]
    layers += convolution("conv2/3x3_reduce", "norm1", kernel=1)
    layers += convolution("conv2/3x3", "conv2/3x3_reduce", pad=1, kernel=3)
    layers += [Layer("conv2/norm2", "LRN", ("conv2/3x3",), ("norm2",), LRN)]
    layers += [Layer("pool2/3x3_s2", "Pooling", ("norm2",), ("pool2",), POOL)]
    bottom = "pool2"
    for number in ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"):
        name = f"inception_{number}"
        layers += [Layer(f"{bottom}_split", "Split", (bottom,), tuple(f"{bottom}_{i}" for i in range(5)))]
        layers += convolution(f"{name}/1x1", f"{bottom}_0", kernel=1)
        layers += convolution(f"{name}/3x3_reduce", f"{bottom}_1", kernel=1)
        layers += convolution(f"{name}/3x3", f"{name}/3x3_reduce", pad=1, kernel=3)
        layers += convolution(f"{name}/5x5_reduce", f"{bottom}_2", kernel=1)
        layers += convolution(f"{name}/5x5", f"{name}/5x5_reduce", pad=2, kernel=5)
        layers += [Layer(f"{name}/pool", "Pooling", (f"{bottom}_3",), (f"{name}/pool",), ((2, 3), (3, 1), (4, 1)))]
        layers += convolution(f"{name}/pool_proj", f"{name}/pool", kernel=1)
        output = f"{name}/output"
        layers += [Layer(output, "Concat", tuple(f"{name}/{branch}" for branch in order), (output,))]
        if number in ("4a", "4d"):
            loss = {"4a": "loss1", "4d": "loss2"}[number]
            layers += [Layer(f"{loss}/pool", "Pooling", (output,), (f"{loss}/pool",), ((1, 1), (2, 5), (3, 3)))]
            layers += convolution(f"{loss}/conv", f"{loss}/pool", kernel=1)
            layers += [*dense(f"{loss}/fc", f"{loss}/conv"), *dense(f"{loss}/classifier", f"{loss}/fc", last=True)]
        bottom = output
        if number in ("3b", "4e"):
            layers += [Layer(f"pool_{number}", "Pooling", (bottom,), (f"pool_{number}",), POOL)]
            bottom = f"pool_{number}"
    layers += [Layer("pool5", "Pooling", (bottom,), ("pool5",), ((1, 1), (2, 7), (3, 1)))]
    return [*layers, Layer("drop", "Dropout", ("pool5",), ("pool5",)), *dense("loss3/classifier", "pool5", last=True)]
