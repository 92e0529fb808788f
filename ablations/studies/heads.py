"""Average pooling or fewer parameters: which of the two helps?

Claim:    average pooling in place of fully connected layers improves top-1 by about 0.6% (arXiv 1409.4842, section 5);
          it resists overfitting because it has no parameters (arXiv 1312.4400, section 3.2). Neither paper says against
          which fully connected layers, and only at equal parameters can the two explanations be separated.
Command:  python -m ablations run heads --data-dir DIR
Data:     CIFAR-10, 32x32, a fifth of the training images; last map 4x4
Time:     about 20 seconds per trial on 2 cores
Refuted:  at equal parameters, a fully connected head that is as good or better.
Pairs:    `fc_64_narrow` has as many parameters as `gap` (94,670 and 95,010) on a narrower trunk, which also computes
          less; `gap_wide` has as many as `fc_64` (225,871 and 225,506) on a wider one, which computes more. So equal
          parameters never mean equal multiply-adds, and the table gives both.
Layers:   `fc_1024` is the auxiliary heads' hidden layer; `fc_512x512` is VGG's two of 4,096, scaled by the width.
"""

from ablations.study import ONE_BRANCH_ON_DIGITS, Claim, Guards, Recipe, Reduced, Study, Variant

STUDY = Study(
    name="heads",
    question="Is it the pooling that helps, or that it has fewer parameters?",
    dataset="cifar10",
    fraction=0.2,
    recipe=Recipe(epochs=6, precision="float32"),
    base={"preset": "batchnorm", "stem": "small", "stem_stride": 2, "width": 0.125},
    variants=(
        Variant("gap", {}, "the paper: global average pooling and a linear layer", label="average pooling"),
        Variant(
            "fc_1024", {"head": "fc"}, "a hidden layer of 1,024, whatever it weighs", label="a hidden layer of 1,024"
        ),
        Variant(
            "fc_512x512",
            {"head": "fc", "fc_units": (512, 512)},
            "VGG's two of 4,096, scaled by the width",
            label="two hidden layers of 512",
        ),
        Variant(
            "fc_64",
            {"head": "fc", "fc_units": (64,)},
            "a hidden layer small enough to be matched",
            label="a hidden layer of 64",
        ),
        Variant(
            "fc_64_narrow",
            {"head": "fc", "fc_units": (64,), "width": 0.066},
            "the parameters of gap, narrower trunk",
            label="a hidden layer of 64 on a narrower trunk",
        ),
        Variant(
            "gap_wide",
            {"width": 0.195},
            "the parameters of fc_64, wider trunk",
            label="average pooling on a wider trunk",
        ),
    ),
    seeds=8,
    comparisons=(("gap", "fc_1024"), ("gap", "fc_512x512"), ("gap", "fc_64_narrow"), ("gap_wide", "fc_64")),
    claim=Claim(
        statement="At equal parameters, average pooling is better than a fully connected head on a narrower trunk",
        source="arXiv 1312.4400, section 3.2, and arXiv 1409.4842, section 5, which leave the parameters unequal",
        variant="fc_64_narrow",
        direction="worse",
        margin=0.3,
        refuted_by="a fully connected head of as many parameters that is as good or better",
    ),
    secondary=(
        Claim(
            statement="At equal parameters, average pooling on a wider trunk is better than a fully connected head",
            source="arXiv 1312.4400, section 3.2, and arXiv 1409.4842, section 5, which leave the parameters unequal",
            variant="fc_64",
            baseline="gap_wide",
            direction="worse",
            margin=0.3,
            refuted_by="a fully connected head of as many parameters that is as good or better",
        ),
        Claim(
            statement="Average pooling improves top-1 by about 0.6 points over a hidden layer of 1,024",
            source="arXiv 1409.4842, section 5",
            variant="fc_1024",
            effect=-0.6,
            margin=0.3,  # half of what is claimed
            refuted_by="a fully connected head that is as good or better",
        ),
        Claim(
            statement="Average pooling improves top-1 by about 0.6 points over two hidden layers",
            source="arXiv 1409.4842, section 5",
            variant="fc_512x512",
            effect=-0.6,
            margin=0.3,
            refuted_by="a fully connected head that is as good or better",
        ),
    ),
    retired="average_pooling asks the same of networks that are tuned and trained out",
    guards=Guards(
        params={
            "gap": 95_010,
            "fc_1024": 2_202_146,
            "fc_512x512": 1_410_594,
            "fc_64": 225_506,
            "fc_64_narrow": 94_670,
            "gap_wide": 225_871,
        }
    ),
    reduced=Reduced(
        settings=ONE_BRANCH_ON_DIGITS,
        seeds=1,
        guards=Guards(params={"gap": 5_910}),
        variants=("gap", "fc_512x512", "gap_wide"),
    ),
)
