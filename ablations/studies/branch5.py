"""The 5x5 branch: as in the paper, as in torchvision and slim, and as two 3x3.

Claim:    two 3x3 in place of a 5x5 have the same receptive field, cost 28% less and lose nothing (arXiv 1512.00567,
          section 3.1); the copies in torchvision and slim have a single 3x3 there.
Command:  python -m ablations run branch5 --data-dir DIR
Data:     CIFAR-10, 32x32, a tenth of the training images
Time:     about 15 seconds per trial on 2 cores
Recipe:   the default learning rate of 0.4 for a batch of 128, halved like the batch; moving statistics with momentum
          0.9, since 0.99 would lag behind in so few steps.
Refuted:  a branch with which the accuracy differs by more than half a point.
"""

from ablations.study import ON_DIGITS, Claim, Guards, Recipe, Reduced, Study, Variant

STUDY = Study(
    name="branch5",
    question="Does it matter what stands in the 5x5 branch?",
    dataset="cifar10",
    fraction=0.1,
    recipe=Recipe(epochs=6, batch_size=64, learning_rate=0.2, precision="float32"),
    base={"preset": "batchnorm", "stem": "small", "stem_stride": 2, "width": 0.125, "batch_momentum": 0.9},
    variants=(
        Variant("5x5", {}, "the paper", label="a 5x5"),
        Variant("3x3", {"branch5": "3x3"}, "torchvision's and slim's: it sees less, and costs less", label="one 3x3"),
        Variant(
            "two_3x3",
            {"branch5": "two 3x3"},
            "Inception v2's: it sees as much, with a ReLU in between",
            label="two 3x3",
        ),
    ),
    seeds=8,
    claim=Claim(
        statement="Two 3x3 in place of the 5x5 leave the accuracy as it is",
        source="arXiv 1512.00567, section 3.1",
        variant="two_3x3",
        effect=0.0,
        margin=0.5,
        refuted_by="a difference of more than half a point",
    ),
    secondary=(
        Claim(
            statement="One 3x3 in place of the 5x5 leaves the accuracy as it is",
            source="torchvision's and TF-slim's GoogLeNet, which have it without a word",
            variant="3x3",
            effect=0.0,
            margin=0.5,
            refuted_by="a difference of more than half a point",
        ),
    ),
    guards=Guards(params={"5x5": 95_010}),
    reduced=Reduced(
        settings={**ON_DIGITS, "branches": ("5x5",)},
        seeds=1,
        guards=Guards(params={"5x5": 10_340, "two_3x3": 14_980}),
        variants=("5x5", "two_3x3"),
    ),
)
