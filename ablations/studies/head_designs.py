"""Other heads beside average pooling, each tuned and trained out: hidden layers, equal parameters, NIN's, the maximum.

Claim:    as in `average_pooling`, for heads that papers and articles compare it with.
Command:  python -m ablations tune head_designs --data-dir DIR, then plan --lock, then run
Data:     CIFAR-10, 32x32, all training images; last map 4x4
Time:     see `plan`: for a GPU, or for many nights of two cores; the trials of average pooling may be there already
Refuted:  a hidden layer that is as good or better, beyond the noise of the seeds.
Arms:     the hidden layers have batch normalisation, as every convolution before them has. `gap_wide` and `fc_64` have
          537,138 and 546,642 parameters. `conv` is Network in Network's head, `max` takes the maximum over positions.
Recipe:   as in `average_pooling`, whose network has `gap` here; dropout is tuned too, since hidden layers overfit.
Rungs:    as in `average_pooling`.
Margin:   as in `average_pooling`.
Power:    9 seeds, so that the smallest p-value of a pair, 2 / 2^9, is under 5% after the correction for 6 comparisons.
"""

from dataclasses import replace

from ablations.studies.average_pooling import STUDY as AVERAGE_POOLING
from ablations.study import ONE_BRANCH_ON_DIGITS, Claim, Guards, Reduced, Tuning, Variant

PAPER = "arXiv 1409.4842, section 5"

STUDY = replace(
    AVERAGE_POOLING,
    name="head_designs",
    question="Which head is best, once the networks are tuned and trained out?",
    variants=(
        AVERAGE_POOLING.baseline,
        Variant(
            "fc_1024",
            {"head": "fc", "fc_normalization": "batch"},
            "a hidden layer of 1,024 on the flattened map",
            label="a hidden layer of 1,024",
        ),
        Variant(
            "fc_1024x1024",
            {"head": "fc", "fc_units": (1024, 1024), "fc_normalization": "batch"},
            "VGG's two of 4,096, scaled by the width",
            label="two hidden layers of 1,024",
        ),
        Variant(
            "fc_64",
            {"head": "fc", "fc_units": (64,), "fc_normalization": "batch"},
            "a hidden layer small enough to be matched",
            label="a hidden layer of 64",
        ),
        Variant("gap_wide", {"width": 0.29}, "the parameters of fc_64", label="average pooling on a wider trunk"),
        Variant("conv", {"head": "conv"}, "a 1x1 convolution to the classes, ReLU, the average", label="NIN's head"),
        Variant(
            "max",
            {"head": "fc", "fc_input": "max", "fc_units": ()},
            "the maximum over positions instead of the average",
            label="maximum pooling",
        ),
    ),
    tuning=Tuning(grid={"learning_rate": (0.0625, 0.125, 0.25), "dropout": (0.0, 0.2, 0.4)}, epochs=8),
    comparisons=(
        ("gap", "fc_1024"),
        ("gap", "fc_1024x1024"),
        ("gap_wide", "fc_64"),
        ("gap", "conv"),
        ("gap", "max"),
    ),
    evaluations=(),
    claim=Claim(
        statement="Average pooling instead of a hidden layer of 1,024 improves top-1 by about 0.6 points",
        source=PAPER,
        variant="fc_1024",
        effect=-0.6,
        margin=1.0,
        refuted_by="a hidden layer that is as good or better",
    ),
    secondary=(
        Claim(
            statement="Average pooling instead of two hidden layers improves top-1 by about 0.6 points",
            source=PAPER,
            variant="fc_1024x1024",
            effect=-0.6,
            margin=1.0,
            refuted_by="two hidden layers that are as good or better",
        ),
        Claim(
            statement="At equal parameters, average pooling is better than a fully connected head",
            source="arXiv 1312.4400, section 3.2, and arXiv 1409.4842, section 5, which leave the parameters unequal",
            variant="fc_64",
            baseline="gap_wide",
            direction="worse",
            margin=1.0,
            refuted_by="a fully connected head of as many parameters that is as good or better",
        ),
        Claim(
            statement="Maximum pooling is better than average pooling",
            source="davidcpage/cifar10-fast, experiments.ipynb, for a residual network with twice the channels",
            variant="max",
            margin=1.0,
            refuted_by="a maximum that is as good as the average or worse",
        ),
        Claim(
            statement="Average pooling saves hardly any computing: a step takes as long with a hidden layer of 1,024",
            source="multiply-adds: two hidden layers of 4,096 have 12.5% of GoogLeNet's at 224 pixels",
            variant="fc_1024",
            metric="step_time",
            effect=0.0,
            margin=10.0,
            refuted_by="a step that takes 10% more with the hidden layer",
        ),
    ),
    guards=Guards(
        params={
            "gap": 318_802,
            "fc_1024": 3_997_842,
            "fc_1024x1024": 5_047_442,
            "fc_64": 546_642,
            "gap_wide": 537_138,
            "conv": 318_802,
            "max": 318_802,
        }
    ),
    reduced=Reduced(
        settings={**ONE_BRANCH_ON_DIGITS, "epochs": 1, "fraction": 0.9, "batch_size": 16},  # one rung, not tuned
        seeds=1,
        guards=Guards(params={"gap": 8_466}, least_top1=0.15),
        variants=("gap", "conv", "max"),
    ),
)
