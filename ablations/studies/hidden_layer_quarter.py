"""With a quarter of the images, what is average pooling worth against a hidden layer? See `average_pooling_quarter`.

Claim:    "a move from fully connected layers to average pooling improved the top-1 accuracy by about 0.6%"
          (arXiv 1409.4842, section 5). The paper names no fully connected head; those of its time had hidden layers.
Command:  python -m ablations tune hidden_layer_quarter --data-dir DIR, then plan --lock, then run
Data:     CIFAR-10, 32x32, a quarter of the training images (11,250), all test images; last map 4x4
Time:     about two hours on two cores that multiply bfloat16 (AMX); the trials of average pooling are there already
Refuted:  a hidden layer that is as good or better, beyond the noise of the seeds.
Arms:     the hidden layer has batch normalisation, as every convolution before it has, and no dropout, as average
          pooling has none. Of 1,024 units, which the builder has at full width, 256 are the quarter.
Shared:   recipe, rungs, seeds and the trials of average pooling are those of `average_pooling_quarter`. Their results
          were known when this study was locked; those of the hidden layer were not.
Margin:   as in `average_pooling_quarter`.
Power:    7 seeds, so that the smallest p-value of a pair, 2 / 2^7, is under 5% after the correction for 3 comparisons.
"""

from dataclasses import replace

from ablations.studies.average_pooling_quarter import STUDY as AVERAGE_POOLING_QUARTER
from ablations.study import Guards, Variant

assert AVERAGE_POOLING_QUARTER.reduced is not None, "it has a small size"
claim, overfits, shifts = AVERAGE_POOLING_QUARTER.claims

WITH_A_QUARTER = "With a quarter of the images, average pooling"

STUDY = replace(
    AVERAGE_POOLING_QUARTER,
    name="hidden_layer_quarter",
    question="With a quarter of the images: what is average pooling worth against a hidden layer?",
    variants=(
        AVERAGE_POOLING_QUARTER.baseline,
        Variant(
            "fc_256",
            {"head": "fc", "fc_units": (256,), "fc_normalization": "batch"},
            "a hidden layer on the flattened map",
            label="a hidden layer of 256",
        ),
    ),
    claim=replace(
        claim,
        statement=f"{WITH_A_QUARTER} instead of a hidden layer improves top-1 by about 0.6 points",
        variant="fc_256",
        refuted_by="a hidden layer that is as good or better, beyond the noise of the seeds",
    ),
    secondary=(
        replace(
            overfits,
            statement=f"{WITH_A_QUARTER} overfits less than a hidden layer",
            variant="fc_256",
            refuted_by="a hidden layer that overfits no more",
        ),
        replace(
            shifts,
            statement=f"{WITH_A_QUARTER} loses less than a hidden layer to a shift of 4 pixels",
            variant="fc_256",
            refuted_by="a hidden layer that loses no more",
        ),
    ),
    guards=Guards(params={"gap": 318_802, "fc_256": 1_236_882}),
    reduced=replace(
        AVERAGE_POOLING_QUARTER.reduced,
        guards=Guards(params={"gap": 8_466, "fc_256": 207_410}, least_top1=0.15),
    ),
)
