"""Normalisation: none, local response, batch.

Claim:    with batch normalisation GoogLeNet trains faster and reaches a higher accuracy (arXiv 1502.03167, section
          4.2); local response normalisation gains nothing (arXiv 1409.1556, section 4.1, for VGG), or 1.4 points
          (AlexNet's paper, section 3.3).
Command:  python -m ablations run normalization --data-dir DIR
Data:     CIFAR-10, 32x32, a tenth of the training images
Time:     about 20 seconds per trial on 2 cores
Refuted:  a network with batch normalisation that is as good as one with local response normalisation, or worse.
Recipe:   one learning rate for all: 0.1 for a batch of 128, halved like the batch. Of 0.05, 0.1 and 0.2 (the first two
          without any normalisation) 0.1 was the best for each network, or within half a point of the best, with seed
          1000 on the validation split. Moving statistics with momentum 0.9, since 0.99 would lag behind in so few
          steps. A trial that diverges has the accuracy of chance.
"""

from ablations.study import ONE_BRANCH_ON_DIGITS, Claim, Guards, Recipe, Reduced, Study, Variant

STUDY = Study(
    name="normalization",
    question="What is local response normalisation worth, and what batch normalisation?",
    dataset="cifar10",
    fraction=0.1,
    recipe=Recipe(epochs=6, batch_size=64, learning_rate=0.05, precision="float32"),
    base={"preset": "paper", "stem": "small", "stem_stride": 2, "width": 0.125, "batch_momentum": 0.9},
    variants=(
        Variant(
            "lrn",
            {},
            "the paper's network: local response normalisation in the stem",
            label="local response normalisation",
        ),
        Variant("none", {"normalization": "none"}, "no normalisation", label="no normalisation"),
        Variant("batch", {"normalization": "batch"}, "after every convolution", label="batch normalisation"),
    ),
    seeds=8,
    claim=Claim(
        statement="Batch normalisation is better than local response normalisation",
        source="arXiv 1502.03167, section 4.2",
        variant="batch",
        direction="better",
        margin=0.5,
        metric="top1_or_chance",
        refuted_by="a network with batch normalisation that is no better",
    ),
    secondary=(
        Claim(
            statement="Without local response normalisation the accuracy is as it was",
            source="arXiv 1409.1556, section 4.1, for VGG",
            variant="none",
            effect=0.0,
            margin=0.5,
            metric="top1_or_chance",
            refuted_by="a difference of more than half a point",
        ),
    ),
    guards=Guards(params={"batch": 95_010}),
    reduced=Reduced(settings=ONE_BRANCH_ON_DIGITS, seeds=1, guards=Guards(params={"batch": 5_910})),
)
