"""The main claim at the paper's widths, on all of CIFAR-10: what is GoogLeNet's head worth there?

Claim:    as in `gap_vs_fc`, which tests a network of a quarter of the width: "a move from fully connected layers to
          average pooling improved the top-1 accuracy by about 0.6%" (arXiv 1409.4842, section 5).
Command:  KERAS_BACKEND=jax python -m ablations run gap_vs_fc_full_width --jobs 2 --data-dir DIR
Data:     CIFAR-10, 32x32; last map 4x4
Time:     hours per trial on 2 cores, so it is for a GPU: see `plan`
Recipe:   a learning rate of 0.1 for a batch of 128, as in arXiv 1512.03385, section 4.2, and in proportion for 256. The
          0.4 for 128 of `gap_vs_fc` would be high for a hidden layer on 16,384 inputs. Nothing was tuned.
Refuted:  a fully connected head that is as good or better, beyond the noise of the seeds.
Run:      two trials in parallel on an NVIDIA H200, which its records call `gpu:0`; about 25 seconds each.
"""

from dataclasses import replace

from ablations.studies.gap_vs_fc import STUDY as GAP_VS_FC
from ablations.study import ONE_BRANCH_ON_DIGITS, Guards, Recipe, Reduced

assert GAP_VS_FC.claim is not None, "gap_vs_fc has a claim"

STUDY = replace(
    GAP_VS_FC,
    name="gap_vs_fc_full_width",
    question="At the paper's widths: is average pooling better than a fully connected layer on the flattened map?",
    recipe=Recipe(epochs=6, batch_size=256, learning_rate=0.2, precision="bfloat16"),
    base={"preset": "batchnorm", "stem": "small", "stem_stride": 2},
    seeds=8,
    first_seed=0,
    claim=replace(
        GAP_VS_FC.claim,
        statement="At the paper's widths, average pooling in place of a hidden layer of 1,024 improves top-1 by about "
        "0.6 points",
    ),
    guards=Guards(params={"gap": 5_871_914, "fc_1024": 22_650_154}),
    reduced=Reduced(settings=ONE_BRANCH_ON_DIGITS, seeds=1, guards=Guards(params={"gap": 5_910, "fc_1024": 803_126})),
)
