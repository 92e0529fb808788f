"""The zoo: networks of 2012 to 2019, scaled for 32 pixels and to about the same multiply-adds.

Claim:    GoogLeNet is "significantly more accurate" than AlexNet (arXiv 1409.4842, section 1); batch normalisation and
          its Inception modules are better than GoogLeNet (arXiv 1502.03167, section 4.2); a residual network is better
          than GoogLeNet (arXiv 1512.03385, Table 4). All of these claims are about ImageNet, at full width.
Command:  python -m ablations run zoo --data-dir DIR
Data:     CIFAR-10, 32x32, a tenth of the training images
Time:     about 10 seconds per trial on 2 cores, DenseNet half a minute
Refuted:  a newer network of a pair that is no better.
Size:     the width scales each network to 1.4 to 1.6 million multiply-adds. Only DenseNet-121 has 4.1 million, at a
          growth of 2, since with a growth of 1 it would be another network. VGG keeps its stem: its first convolutions
          are 3x3/1, and its last map here is one pixel. All others end in 4x4. AlexNet has one tower, since grouped
          convolutions take five times as long on a CPU.
Recipe:   one for all, with a learning rate at which networks without batch normalisation train. Moving statistics have
          a momentum of 0.9 everywhere, since with 0.99 and more they would not converge in 280 steps. A trial that
          diverges has the accuracy of chance. Few steps favour batch normalisation: the verdict holds for this size.
"""

from ablations.study import ON_DIGITS, Claim, Guards, Recipe, Reduced, Study, Variant

GOOGLENET = {"model": "googlenet", "stem_stride": 2, "width": 0.0625}
BATCH = {"batch_momentum": 0.9}
HE = {"initializer": "he"}  # with Glorot's initial weights VGG11 stays at chance in so few steps
FC = {"fc_units": (128, 128)}

STUDY = Study(
    name="zoo",
    question="At equal multiply-adds on small images, which networks of the zoo are the most accurate?",
    dataset="cifar10",
    fraction=0.1,
    recipe=Recipe(epochs=4, batch_size=64, learning_rate=0.05, precision="float32"),
    base={"model": "resnet18", "stem": "small", "width": 0.05},
    variants=(
        Variant(
            "resnet18",
            {},
            "2015: shortcuts around pairs of 3x3; the stem of the paper's CIFAR networks",
            label="ResNet-18",
        ),
        Variant(
            "alexnet", {"model": "alexnet_one_tower", "width": 0.055, **FC}, "2012: 5x5/1 at the start", label="AlexNet"
        ),
        Variant(
            "zfnet", {"model": "zfnet", "width": 0.0625, **FC}, "2013: one tower; 3x3/1 at the start", label="ZFNet"
        ),
        Variant(
            "vgg11",
            {"model": "vgg11", "stem": None, "width": 0.09375, **FC, **HE},
            "2014: 3x3 throughout",
            label="VGG11",
        ),
        Variant("googlenet", GOOGLENET, "2014: the paper's, with local response normalisation", label="GoogLeNet"),
        Variant(
            "googlenet_batchnorm",
            {**GOOGLENET, **BATCH, "preset": "batchnorm"},
            "with batch normalisation",
            label="GoogLeNet with batch normalisation",
        ),
        Variant(
            "googlenet_torchvision",
            {**GOOGLENET, "preset": "torchvision"},
            "3x3 for 5x5, drops 20%",
            label="torchvision's GoogLeNet",
        ),
        Variant(
            "googlenet_slim",
            {**GOOGLENET, **BATCH, "preset": "slim"},
            "the same without gamma",
            label="slim's GoogLeNet",
        ),
        Variant(
            "bn_inception",
            {"model": "bn_inception", "stem_stride": 2, "width": 0.053},
            "2015: two 3x3 for 5x5",
            label="BN-Inception",
        ),
        Variant(
            "mobilenet",
            {"model": "mobilenet", "width": 0.08, **BATCH},
            "2017: separable convolutions",
            label="MobileNet",
        ),
        Variant(
            "densenet121",
            {"model": "densenet121", "width": 0.0625, **BATCH},
            "2016: every layer sees all before",
            label="DenseNet-121",
        ),
        Variant(
            "efficientnet_b0",
            {"model": "efficientnet_b0", "width": 0.08, **BATCH},
            "2019: found by search",
            label="EfficientNet-B0",
        ),
    ),
    seeds=8,
    comparisons=(("alexnet", "googlenet"), ("googlenet", "bn_inception"), ("googlenet_batchnorm", "resnet18")),
    claim=Claim(
        statement="BN-Inception is better than GoogLeNet at the same multiply-adds",
        source="arXiv 1502.03167, section 4.2",
        variant="bn_inception",
        baseline="googlenet",
        direction="better",
        margin=0.5,
        metric="top1_or_chance",
        refuted_by="the network with batch normalisation being no better",
    ),
    secondary=(
        Claim(
            statement="GoogLeNet is better than AlexNet at the same multiply-adds",
            source="arXiv 1409.4842, section 1, at twice AlexNet's multiply-adds",
            variant="googlenet",
            baseline="alexnet",
            direction="better",
            margin=0.5,
            metric="top1_or_chance",
            refuted_by="GoogLeNet being no better",
        ),
        Claim(
            statement="ResNet-18 is better than GoogLeNet with batch normalisation at the same multiply-adds",
            source="arXiv 1512.03385, Table 4: ResNet-34 against GoogLeNet without batch normalisation",
            variant="resnet18",
            baseline="googlenet_batchnorm",
            direction="better",
            margin=0.5,
            metric="top1_or_chance",
            refuted_by="the residual network being no better",
        ),
    ),
    retired="its networks were hardly trained",
    guards=Guards(
        params={
            "resnet18": 29_282,
            "alexnet": 58_063,
            "zfnet": 65_442,
            "vgg11": 105_494,
            "googlenet": 24_375,
            "googlenet_batchnorm": 24_823,
            "googlenet_torchvision": 23_271,
            "googlenet_slim": 22_823,
            "bn_inception": 30_556,
            "mobilenet": 26_299,
            "densenet121": 33_266,
            "efficientnet_b0": 43_823,
        }
    ),
    reduced=Reduced(
        settings={name: value for name, value in ON_DIGITS.items() if name not in ("width", "batch_momentum")},
        seeds=1,
        guards=Guards(params={"resnet18": 29_228, "alexnet": 57_813, "googlenet_batchnorm": 24_607}),
        variants=("resnet18", "alexnet", "googlenet_batchnorm"),
    ),
)
