"""The paper's widths on all of CIFAR-10: average pooling or fewer parameters?

Claim:    as in `heads`: average pooling in place of fully connected layers improves top-1 by about 0.6%
          (arXiv 1409.4842, section 5); it resists overfitting because it has no parameters (arXiv 1312.4400,
          section 3.2). `heads` asks networks of an eighth of the width, this one those of the paper.
Command:  KERAS_BACKEND=jax python -m ablations run heads_full_width --jobs 4 --data-dir DIR
Data:     CIFAR-10, 32x32; last map 4x4
Time:     hours a trial on 2 cores, so it is for a GPU: see `plan`
Refuted:  at equal parameters, a fully connected head that is as good or better.
Pairs:    `fc_64_narrow` has the parameters of `gap` (5,866,080 and 5,871,914), `gap_wide` those of `fc_64` (6,912,364
          and 6,910,954). Their trunks differ by a twelfth in width, and by a sixth in multiply-adds.
Layers:   `fc_1024` is the auxiliary head's, `fc_4096x4096` VGG's.
"""

from dataclasses import replace

from ablations.studies.heads import STUDY as HEADS
from ablations.study import Guards, Recipe, Variant

assert HEADS.claim is not None and HEADS.reduced is not None, "it states one, and has a small size"

VGG = "fc_4096x4096"

STUDY = replace(
    HEADS,
    name="heads_full_width",
    question="At the paper's widths: is it the pooling that helps, or that it has fewer parameters?",
    fraction=1.0,
    recipe=Recipe(epochs=6, batch_size=256, learning_rate=0.4, precision="bfloat16"),
    base={"preset": "batchnorm", "stem": "small", "stem_stride": 2},
    variants=(
        Variant("gap", {}, "the paper: global average pooling and a linear layer"),
        Variant("fc_1024", {"head": "fc"}, "a hidden layer of 1,024, whatever it weighs"),
        Variant(VGG, {"head": "fc", "fc_units": (4096, 4096)}, "VGG's two of 4,096"),
        Variant("fc_64", {"head": "fc", "fc_units": (64,)}, "a hidden layer small enough to be matched"),
        Variant(
            "fc_64_narrow", {"head": "fc", "fc_units": (64,), "width": 0.915}, "the parameters of gap, narrower trunk"
        ),
        Variant("gap_wide", {"width": 1.085}, "the parameters of fc_64, wider trunk"),
    ),
    comparisons=(("gap", "fc_1024"), ("gap", VGG), ("gap", "fc_64_narrow"), ("gap_wide", "fc_64")),
    secondary=tuple(
        replace(claim, variant=VGG if claim.variant == "fc_512x512" else claim.variant) for claim in HEADS.secondary
    ),
    seeds=10,
    guards=Guards(
        params={
            "gap": 5_871_914,
            "fc_1024": 22_650_154,
            VGG: 89_796_906,
            "fc_64": 6_910_954,
            "fc_64_narrow": 5_866_080,
            "gap_wide": 6_912_364,
        }
    ),
    reduced=replace(HEADS.reduced, variants=("gap", "fc_1024")),
)
