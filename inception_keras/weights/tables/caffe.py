"""BVLC's names: GoogLeNet and AlexNet (models/bvlc_googlenet and models/bvlc_alexnet of BVLC/caffe, 9b891540).

A slash in Caffe's names is an underscore here. Auxiliary classifier `loss1` follows module 4a, `loss2` module 4d.
"""

from inception_keras.weights.forms import Form, Preprocessing, Trait, blobs

_BVLC_LRN = {"size": 5, "alpha": 1e-4, "beta": 0.75, "k": 1.0}

_LRN = "lrn 5 0.0001 0.75 1"

# -- GoogLeNet ---------------------------------------------------------------------------------------------------------
_STEM = ("conv1/7x7_s2", "conv2/3x3_reduce", "conv2/3x3")
_MODULES = ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")
_BRANCHES = ("1x1", "3x3_reduce", "3x3", "5x5_reduce", "5x5", "pool_proj")
_AUX = {"loss1": "aux_4a", "loss2": "aux_4d"}

_GOOGLENET_LAYERS = (*_STEM, *(f"inception_{module}/{branch}" for module in _MODULES for branch in _BRANCHES))


def _module(name: str, reads: str) -> dict[str, str]:
    """What the layers of a module read; see `caffe_graph.py` for the words."""
    return {
        f"{name}/1x1": f"convolution /1 of {reads}",
        f"{name}/3x3_reduce": f"convolution /1 of {reads}",
        f"{name}/3x3": f"convolution /1 pad 1 of relu of {name}/3x3_reduce",
        f"{name}/5x5_reduce": f"convolution /1 of {reads}",
        f"{name}/5x5": f"convolution /1 pad 2 of relu of {name}/5x5_reduce",
        f"{name}/pool_proj": f"convolution /1 of max 3/1 pad 1 of {reads}",
    }


def _output(module: str) -> str:
    branches = (f"relu of {module}/{branch}" for branch in ("1x1", "3x3", "5x5", "pool_proj"))
    return f"concat of ({', '.join(branches)})"


def _googlenet_graph() -> dict[str, str]:
    graph = {
        "conv1/7x7_s2": "convolution /2 pad 3 of image",
        "conv2/3x3_reduce": f"convolution /1 of {_LRN} of max 3/2 of relu of conv1/7x7_s2",
        "conv2/3x3": "convolution /1 pad 1 of relu of conv2/3x3_reduce",
    }
    reads = f"max 3/2 of {_LRN} of relu of conv2/3x3"
    for number in _MODULES:
        module = f"inception_{number}"
        graph |= _module(module, reads)
        reads = f"max 3/2 of {_output(module)}" if number in ("3b", "4e") else _output(module)
    for key, number in (("loss1", "4a"), ("loss2", "4d")):
        graph |= {
            f"{key}/conv": f"convolution /1 of average 5/3 of {_output(f'inception_{number}')}",
            f"{key}/fc": f"dense of relu of {key}/conv",
            f"{key}/classifier": f"dense of relu of {key}/fc",
        }
    return {**graph, "loss3/classifier": f"dense of average 7/1 of {reads}"}


GOOGLENET = Form(
    name="googlenet",
    framework="caffe",
    title="BVLC's GoogLeNet",
    entries=tuple(entry for key in _GOOGLENET_LAYERS for entry in blobs(key, key.replace("/", "_"))),
    head=blobs("loss3/classifier", "head_classifier"),
    parts={
        key: (
            *blobs(f"{key}/conv", f"{layer}_conv"),
            *blobs(f"{key}/fc", f"{layer}_fc"),
            *blobs(f"{key}/classifier", f"{layer}_classifier"),
        )
        for key, layer in _AUX.items()
    },
    traits=(
        Trait("conv1_7x7_s2_pad"),
        Trait("pool1_norm1", _BVLC_LRN),
        Trait("conv2_norm2", _BVLC_LRN),
        Trait("pool4_3x3_s2"),
        *(Trait(f"{layer}_pool", {"pool_size": (5, 5)}, part=key) for key, layer in _AUX.items()),
    ),
    graph=_googlenet_graph(),
    preprocessing=Preprocessing("caffe", resize=(256, 256), crop=224, note="the aspect is not kept when resizing"),
)

# -- AlexNet, two groups -----------------------------------------------------------------------------------------------
_ALEXNET_CONVOLUTIONS = ("conv1", "conv2", "conv3", "conv4", "conv5")

ALEXNET = Form(
    name="alexnet",
    framework="caffe",
    title="BVLC's AlexNet",
    entries=(
        *(entry for key in _ALEXNET_CONVOLUTIONS for entry in blobs(key, key)),
        *blobs("fc6", "head_fc1"),
        *blobs("fc7", "head_fc2"),
    ),
    head=blobs("fc8", "head_classifier"),
    traits=(Trait("norm1", _BVLC_LRN), Trait("norm2", _BVLC_LRN)),
    graph={
        "conv1": "convolution /4 of image",
        "conv2": f"convolution /1 pad 2 group 2 of max 3/2 of {_LRN} of relu of conv1",
        "conv3": f"convolution /1 pad 1 of max 3/2 of {_LRN} of relu of conv2",
        "conv4": "convolution /1 pad 1 group 2 of relu of conv3",
        "conv5": "convolution /1 pad 1 group 2 of relu of conv4",
        "fc6": "dense of max 3/2 of relu of conv5",
        "fc7": "dense of relu of fc6",
        "fc8": "dense of relu of fc7",
    },
    preprocessing=Preprocessing(
        "caffe",
        resize=(256, 256),
        crop=227,
        note="the aspect is not kept when resizing; BVLC subtracts a mean image, of which 104, 117, 123 are the "
        "averages over positions",
    ),
)
