"""1x1 reduction: does it cost accuracy, and what does it save?

Claim:    the 1x1 convolutions before 3x3 and 5x5 keep the cost bounded; the naive module "would blow up within a few
          stages" (arXiv 1409.4842, section 4, Figure 2). The paper has no accuracy for the naive form.
Command:  python -m ablations run reduce --data-dir DIR
Data:     CIFAR-10, 32x32, a tenth of the training images
Time:     about 10 seconds per trial on 2 cores with reduction, 15 to 30 without
Recipe:   the default learning rate of 0.4 for a batch of 128, halved like the batch; moving statistics with momentum
          0.9, since 0.99 would lag behind in so few steps.
Refuted:  a form without reduction that differs by more than half a point; if it is better, reduction costs accuracy.
Note:     `no_reduce` loses not only the bottleneck but also a layer and a ReLU in two branches. `wide` loses only the
          bottleneck, which separates the two effects.
"""

from ablations.study import ON_DIGITS, Claim, Guards, Recipe, Reduced, Study, Variant

STUDY = Study(
    name="reduce",
    question="What do the 1x1 reductions save, and what do they cost in accuracy?",
    dataset="cifar10",
    fraction=0.1,
    recipe=Recipe(epochs=4, batch_size=64, learning_rate=0.2, precision="float32"),
    base={"preset": "batchnorm", "stem": "small", "stem_stride": 2, "width": 0.0625, "batch_momentum": 0.9},
    variants=(
        Variant(
            "reduced",
            {},
            "the paper: 1x1 before 3x3 and 5x5, and after the pooling (Figure 2b)",
            label="1x1 reductions",
        ),
        Variant("no_reduce", {"reduce": False}, "3x3 and 5x5 straight on the module's input", label="no reductions"),
        Variant(
            "naive",
            {"reduce": False, "pool_projection": False},
            "Figure 2a: no 1x1 but the branch of its own",
            label="the naive module",
        ),
        Variant(
            "wide",
            {"reduce": "wide"},
            "the same depth without a bottleneck: the control for no_reduce",
            label="1x1 without a bottleneck",
        ),
    ),
    seeds=8,
    claim=Claim(
        statement="1x1 reductions cut the cost and leave the accuracy as it is",
        source="arXiv 1409.4842, section 4",
        variant="no_reduce",
        effect=0.0,
        margin=0.5,
        refuted_by="a form without reduction that differs by more than half a point",
    ),
    secondary=(
        Claim(
            statement="The naive module is as accurate as the paper's, at many times its cost",
            source="arXiv 1409.4842, section 4",
            variant="naive",
            effect=0.0,
            margin=0.5,
            refuted_by="a naive form that differs by more than half a point",
        ),
        Claim(
            statement="A 1x1 convolution as wide as its input is as accurate as one that reduces",
            source="arXiv 1409.4842, section 4: low dimensions hold much of what a patch shows",
            variant="wide",
            effect=0.0,
            margin=0.5,
            refuted_by="a difference of more than half a point",
        ),
    ),
    guards=Guards(params={"reduced": 24_823, "no_reduce": 96_024, "naive": 365_182, "wide": 118_926}),
    reduced=Reduced(
        settings={**ON_DIGITS, "epochs": 2, "fraction": 0.9, "width": 0.0625, "branches": ("3x3", "pool")},
        seeds=1,
        guards=Guards(
            params={"reduced": 15_177, "no_reduce": 28_654, "naive": 100_894, "wide": 32_561}, least_top1=0.3
        ),
    ),
)
