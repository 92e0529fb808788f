"""VGG: do depth, 1x1 convolutions and local response normalisation help?

Claim:    classification error falls with depth from 11 to 19 layers; configuration C (16 layers, three of them 1x1)
          beats B (13), so the additional nonlinearity helps; A-LRN is no better than A (arXiv 1409.1556, section 4.1).
Command:  python -m ablations run depth --data-dir DIR
Data:     CIFAR-10, 32x32, a tenth of the training images
Time:     about 20 seconds per trial on 2 cores
Refuted:  a deeper network that is no better; one with 1x1 convolutions that is no better than without.
Recipe:   no batch normalisation, as in the paper, and its learning rate of 0.01. He's initial weights: with Glorot's,
          as with the paper's own, the network of 16 layers stayed at chance in these few epochs (seed 1000, on the
          validation split, three learning rates), and the paper starts its deep networks from a trained shallow one. A
          trial that diverges has the accuracy of chance. Few epochs favour shallow networks: the verdict holds for this
          size.
"""

from ablations.study import ON_DIGITS, Claim, Guards, Recipe, Reduced, Study, Variant

SOURCE = "arXiv 1409.1556, section 4.1"

STUDY = Study(
    name="depth",
    question="Does VGG gain from depth, from 1x1 convolutions, from local response normalisation?",
    dataset="cifar10",
    fraction=0.1,
    recipe=Recipe(epochs=6, batch_size=32, learning_rate=0.01, precision="float32"),
    base={"model": "vgg11", "initializer": "he", "fc_units": (512, 512), "width": 0.125},
    variants=(
        Variant("vgg11", {}, "configuration A: 8 convolutions", label="VGG11"),
        Variant(
            "vgg11_lrn",
            {"model": "vgg11_lrn"},
            "A-LRN: the same with local response normalisation",
            label="VGG11 with LRN",
        ),
        Variant("vgg13", {"model": "vgg13"}, "B: 10 convolutions", label="VGG13"),
        Variant("vgg16_1x1", {"model": "vgg16_1x1"}, "C: B and three 1x1", label="VGG16 with 1x1"),
        Variant("vgg16", {"model": "vgg16"}, "D: 13 convolutions, all of them 3x3", label="VGG16"),
    ),
    seeds=8,
    comparisons=(("vgg11", "vgg16"), ("vgg13", "vgg16_1x1"), ("vgg16_1x1", "vgg16"), ("vgg11", "vgg11_lrn")),
    claim=Claim(
        statement="VGG with 16 layers is better than with 11",
        source=SOURCE,
        variant="vgg16",
        direction="better",
        margin=0.5,
        metric="top1_or_chance",
        refuted_by="the deeper network being no better",
    ),
    secondary=(
        Claim(
            statement="Three 1x1 convolutions make VGG13 better: a nonlinearity helps by itself",
            source=SOURCE,
            variant="vgg16_1x1",
            baseline="vgg13",
            direction="better",
            margin=0.5,
            metric="top1_or_chance",
            refuted_by="the network with 1x1 convolutions being no better",
        ),
        Claim(
            statement="3x3 in place of those 1x1 are better still: what is around a pixel counts",
            source=SOURCE,
            variant="vgg16",
            baseline="vgg16_1x1",
            direction="better",
            margin=0.5,
            metric="top1_or_chance",
            refuted_by="the network with 3x3 convolutions being no better",
        ),
        Claim(
            statement="Local response normalisation leaves VGG11's accuracy as it is",
            source=SOURCE,
            variant="vgg11_lrn",
            effect=0.0,
            margin=0.5,
            metric="top1_or_chance",
            refuted_by="a difference of more than half a point",
        ),
    ),
    retired="its networks were hardly trained",
    guards=Guards(
        params={
            "vgg11": 445_626,
            "vgg11_lrn": 445_626,
            "vgg13": 448_530,
            "vgg16_1x1": 457_906,
            "vgg16": 531_634,
        }
    ),
    reduced=Reduced(
        settings={
            **{name: value for name, value in ON_DIGITS.items() if name != "batch_momentum"},
            "fc_units": (64, 64),
            "width": 0.0625,
        },
        seeds=1,
        guards=Guards(),
        variants=("vgg11", "vgg16_1x1"),
    ),
)
