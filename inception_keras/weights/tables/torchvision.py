"""torchvision's names (0.28.0): GoogLeNet, AlexNet, VGG, ResNet.

Optional parts of a checkpoint are listed by their key prefix: GoogLeNet's published file has both auxiliary heads.
"""

from dataclasses import replace

from inception_keras.weights.forms import Form, Preprocessing, Trait, linear, normalized

TRANSFORM_INPUT = (
    "'tf' if the network was made with transform_input=True, as torchvision does for its published weights; 'torch' if "
    "it was trained with ImageNet's mean and transform_input=False, the default"
)
_STANDARD = Preprocessing("torch", resize=256, crop=224)

# -- GoogLeNet ---------------------------------------------------------------------------------------------------------
_STEM = {"conv1": "conv1_7x7_s2", "conv2": "conv2_3x3_reduce", "conv3": "conv2_3x3"}
_MODULES = ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")
_BRANCHES = {
    "branch1": "1x1",
    "branch2.0": "3x3_reduce",
    "branch2.1": "3x3",
    "branch3.0": "5x5_reduce",
    "branch3.1": "5x5",  # actually 3x3, a known deviation of torchvision
    "branch4.1": "pool_proj",
}
_AUX = {"aux1": "aux_4a", "aux2": "aux_4d"}

_GOOGLENET_UNITS = {
    **_STEM,
    **{
        f"inception{module}.{branch}": f"inception_{module}_{layer}"
        for module in _MODULES
        for branch, layer in _BRANCHES.items()
    },
}
GOOGLENET = Form(
    name="googlenet_torchvision",
    framework="torch",
    title="torchvision's GoogLeNet",
    entries=tuple(
        entry for key, layer in _GOOGLENET_UNITS.items() for entry in normalized(f"{key}.conv", f"{key}.bn", layer)
    ),
    head=linear("fc", "head_classifier"),
    parts={
        key: (
            *normalized(f"{key}.conv.conv", f"{key}.conv.bn", f"{layer}_conv"),
            *linear(f"{key}.fc1", f"{layer}_fc"),
            *linear(f"{key}.fc2", f"{layer}_classifier"),
        )
        for key, layer in _AUX.items()
    },
    traits=(
        Trait("conv1_7x7_s2_pad"),
        Trait("conv1_7x7_s2_bn", {"epsilon": 1e-3}),
        Trait("pool4_2x2_s2"),
        *(Trait(f"{layer}_pool", {"output_size": (4, 4)}, part=key) for key, layer in _AUX.items()),
    ),
    preprocessing=Preprocessing(
        "tf",
        resize=256,
        crop=224,
        note="the published weights are slim's: torchvision normalises to ImageNet's mean and undoes that inside the "
        "model (transform_input=True), so that the network sees -1 to 1; weights trained in torch from scratch "
        "(transform_input=False) want mode 'torch'. The auxiliary heads of the published file are not trained",
    ),
    asks=TRANSFORM_INPUT,
    published=("1378be20",),  # googlenet-1378be20.pth
)

# -- AlexNet: "one weird trick" ----------------------------------------------------------------------------------------
_ALEXNET_CONVOLUTIONS = {0: "conv1", 3: "conv2", 6: "conv3", 8: "conv4", 10: "conv5"}

ALEXNET = Form(
    name="alexnet_torchvision",
    framework="torch",
    title="torchvision's AlexNet",
    entries=(
        *(entry for number, layer in _ALEXNET_CONVOLUTIONS.items() for entry in linear(f"features.{number}", layer)),
        *linear("classifier.1", "head_fc1"),
        *linear("classifier.4", "head_fc2"),
    ),
    head=linear("classifier.6", "head_classifier"),
    traits=(Trait("conv1_pad"), Trait("norm1", present=False)),
    preprocessing=_STANDARD,
)

# -- VGG: indices of the convolutions in `features`, by stage ----------------------------------------------------------
_VGG = {
    "vgg11": ((0,), (3,), (6, 8), (11, 13), (16, 18)),
    "vgg13": ((0, 2), (5, 7), (10, 12), (15, 17), (20, 22)),
    "vgg16": ((0, 2), (5, 7), (10, 12, 14), (17, 19, 21), (24, 26, 28)),
    "vgg19": ((0, 2), (5, 7), (10, 12, 14, 16), (19, 21, 23, 25), (28, 30, 32, 34)),
}


def _vgg(name: str, stages: tuple[tuple[int, ...], ...]) -> Form:
    return Form(
        name=name,
        framework="torch",
        title=f"torchvision's {name.upper()}",
        entries=(
            *(
                entry
                for stage, places in enumerate(stages, start=1)
                for number, place in enumerate(places, start=1)
                for entry in linear(f"features.{place}", f"block{stage}_conv{number}")
            ),
            *linear("classifier.0", "head_fc1"),
            *linear("classifier.3", "head_fc2"),
        ),
        head=linear("classifier.6", "head_classifier"),
        traits=(Trait("block1_norm", present=False),),
        preprocessing=_STANDARD,
        timm=name,
    )


VGG = tuple(_vgg(name, stages) for name, stages in _VGG.items())

# -- ResNet: blocks in each of the four stages, convolutions in each block ---------------------------------------------
_RESNET = {
    18: ((2, 2, 2, 2), 2),
    34: ((3, 4, 6, 3), 2),
    50: ((3, 4, 6, 3), 3),
    101: ((3, 4, 23, 3), 3),
    152: ((3, 8, 36, 3), 3),
}

# timm's variants that blur or average where this network has a stride, which leaves no trace in the weights.
TWINS = {18: ("timm's resnetblur18",), 50: ("timm's resnetblur50", "timm's resnetaa50")}
# What the SHA-256 of torchvision's files begins with, IMAGENET1K_V1 and IMAGENET1K_V2; V2 has another transform.
PUBLISHED = {50: ("0676ba61", "11ad3fa6"), 101: ("63fe2227", "cd907fc2"), 152: ("394f9c45", "f82ba261")}
_V2 = replace(_STANDARD, resize=232)


def _resnet(depth: int, repeats: tuple[int, ...], convolutions: int) -> Form:
    entries = [*normalized("conv1", "bn1", "conv1")]
    for stage, blocks in enumerate(repeats, start=1):  # `layer1` is the paper's conv2_x
        for block in range(blocks):
            key, layer = f"layer{stage}.{block}", f"conv{stage + 1}_block{block + 1}"
            for number in range(1, convolutions + 1):
                entries += normalized(f"{key}.conv{number}", f"{key}.bn{number}", f"{layer}_conv{number}")
            if block == 0 and (stage > 1 or convolutions == 3):  # the shape changes
                entries += normalized(f"{key}.downsample.0", f"{key}.downsample.1", f"{layer}_shortcut")
    traits = [Trait("conv1_pad"), Trait("conv1_bn", {"epsilon": 1e-5}), Trait("pool1_pad")]
    if convolutions == 3:
        traits.append(Trait("conv3_block1_conv2", {"strides": (2, 2)}))
    return Form(
        name=f"resnet{depth}" if convolutions == 2 else f"resnet{depth}_torchvision",
        framework="torch",
        title=f"torchvision's ResNet-{depth}",
        entries=tuple(entries),
        head=linear("fc", "head_classifier"),
        traits=tuple(traits),
        preprocessing=_STANDARD,
        twins=TWINS.get(depth, ()),
        published=PUBLISHED[depth][:1] if depth in PUBLISHED else (),
        later={PUBLISHED[depth][1]: _V2} if depth in PUBLISHED else {},
        timm=f"resnet{depth}",
    )


RESNET = tuple(_resnet(depth, *row) for depth, row in _RESNET.items())
