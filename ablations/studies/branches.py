"""The four branches of an Inception module, each left out of every module.

Claim:    a module looks at several scales at once, so that the next stage can abstract features from all of them
          (arXiv 1409.4842, section 4). The paper removes no branch.
Command:  python -m ablations run branches --data-dir DIR
Data:     CIFAR-10, 32x32, a tenth of the training images
Time:     about 12 seconds per trial on 2 cores
Recipe:   the default learning rate of 0.4 for a batch of 128, halved like the batch; moving statistics with momentum
          0.9, since 0.99 would lag behind in so few steps.
Refuted:  a network without a branch that is as good or better.
Note:     without a branch the network is also narrower, by the branch's width: the table gives parameters and
          multiply-adds beside each accuracy.
"""

from ablations.study import ON_DIGITS, Claim, Guards, Recipe, Reduced, Study, Variant


def _claim(branch: str) -> Claim:
    return Claim(
        statement=f"Without its {branch} branch the module is worse",
        source="arXiv 1409.4842, section 4",
        variant=f"without_{branch}",
        direction="worse",
        margin=0.3,
        refuted_by=f"a network without the {branch} branch that is as good or better",
    )


STUDY = Study(
    name="branches",
    question="What is each branch of the Inception module worth?",
    dataset="cifar10",
    fraction=0.1,
    recipe=Recipe(epochs=4, batch_size=64, learning_rate=0.2, precision="float32"),
    base={"preset": "batchnorm", "stem": "small", "stem_stride": 2, "width": 0.125, "batch_momentum": 0.9},
    variants=(
        Variant("all_four", {}, "the paper: 1x1, 3x3, 5x5 and pooling, side by side", label="all four branches"),
        Variant("without_1x1", {"branches": ("3x3", "5x5", "pool")}, "no plain 1x1", label="no 1x1 branch"),
        Variant("without_3x3", {"branches": ("1x1", "5x5", "pool")}, "no 3x3", label="no 3x3 branch"),
        Variant("without_5x5", {"branches": ("1x1", "3x3", "pool")}, "no 5x5", label="no 5x5 branch"),
        Variant("without_pool", {"branches": ("1x1", "3x3", "5x5")}, "no pooling", label="no pool branch"),
    ),
    seeds=8,
    claim=_claim("5x5"),
    secondary=(_claim("1x1"), _claim("3x3"), _claim("pool")),
    guards=Guards(params={"all_four": 95_010}),
    reduced=Reduced(
        settings=ON_DIGITS,
        seeds=1,
        guards=Guards(params={"all_four": 94_578}),
        variants=("all_four", "without_5x5"),
    ),
)
