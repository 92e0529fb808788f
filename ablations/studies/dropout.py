"""Dropout by head: is it still needed when the fully connected layers are gone?

Claim:    "the use of dropout remained essential even after removing the fully connected layers" (arXiv 1409.4842,
          section 5), without a number.
Command:  python -m ablations run dropout --data-dir DIR
Data:     CIFAR-10, 32x32, a tenth of the training images
Time:     about 15 seconds per trial on 2 cores
Recipe:   the default learning rate of 0.4 for a batch of 128, halved like the batch; moving statistics with momentum
          0.9, since 0.99 would lag behind in so few steps.
Refuted:  average pooling that is as good or better without dropout.
Note:     a 2x2 factorial of head and dropout, so that the table shows whether dropout has the same effect with both
          heads (the interaction). In few epochs a network overfits little, and dropout slows learning: both speak
          against the claim at this size, and the verdict holds for this size.
"""

from ablations.study import ONE_BRANCH_ON_DIGITS, Claim, Factor, Guards, Recipe, Reduced, Study

STUDY = Study(
    name="dropout",
    question="Is dropout essential after average pooling, and after fully connected layers?",
    dataset="cifar10",
    fraction=0.1,
    recipe=Recipe(epochs=6, batch_size=64, learning_rate=0.2, precision="float32"),
    base={"preset": "batchnorm", "stem": "small", "stem_stride": 2, "width": 0.125, "batch_momentum": 0.9},
    factors=(
        Factor("head", "gap", ("fc",), labels=("average pooling", "a hidden layer of 1,024")),
        Factor("dropout", 0.4, (0.0,), labels=("with dropout", "without dropout")),
    ),
    design="full_factorial",
    seeds=8,
    comparisons=(("baseline", "dropout_0.0"), ("head_fc", "head_fc+dropout_0.0")),
    claim=Claim(
        statement="After average pooling, a network without dropout is worse",
        source="arXiv 1409.4842, section 5",
        variant="dropout_0.0",
        direction="worse",
        margin=0.3,
        refuted_by="average pooling that is as good or better without dropout",
    ),
    secondary=(
        Claim(
            statement="After a fully connected layer, a network without dropout is worse",
            source="arXiv 1207.0580, section 1, on fully connected layers",
            variant="head_fc+dropout_0.0",
            baseline="head_fc",
            direction="worse",
            margin=0.3,
            refuted_by="a fully connected head that is as good or better without dropout",
        ),
    ),
    guards=Guards(
        params={"baseline": 95_010, "dropout_0.0": 95_010, "head_fc": 2_202_146, "head_fc+dropout_0.0": 2_202_146}
    ),
    reduced=Reduced(
        settings=ONE_BRANCH_ON_DIGITS,
        seeds=1,
        guards=Guards(params={"baseline": 5_910, "dropout_0.0": 5_910}),
        variants=("baseline", "dropout_0.0"),
    ),
)
