"""BVLC's names: GoogLeNet and AlexNet (models/bvlc_googlenet and models/bvlc_alexnet of BVLC/caffe, 9b891540).

A slash in Caffe's names is an underscore here. Auxiliary classifier `loss1` follows module 4a, `loss2` module 4d.
"""

from inception_keras.weights.forms import Form, Preprocessing, Trait, blobs

_BVLC_LRN = {"size": 5, "alpha": 1e-4, "beta": 0.75, "k": 1.0}

# -- GoogLeNet ---------------------------------------------------------------------------------------------------------
_STEM = ("conv1/7x7_s2", "conv2/3x3_reduce", "conv2/3x3")
_MODULES = ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")
_BRANCHES = ("1x1", "3x3_reduce", "3x3", "5x5_reduce", "5x5", "pool_proj")
_AUX = {"loss1": "aux_4a", "loss2": "aux_4d"}

_GOOGLENET_LAYERS = (*_STEM, *(f"inception_{module}/{branch}" for module in _MODULES for branch in _BRANCHES))

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
    preprocessing=Preprocessing(
        "caffe",
        resize=(256, 256),
        crop=227,
        note="the aspect is not kept when resizing; BVLC subtracts a mean image, of which 104, 117, 123 are the "
        "averages over positions",
    ),
)
