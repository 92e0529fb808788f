"""Dropout by head on a frozen trunk, where heads can be trained out.

Claim:    as in `dropout`, whose networks were trained for six epochs and did not overfit: "the use of dropout remained
          essential even after removing the fully connected layers" (arXiv 1409.4842, section 5), without a number.
Command:  python -m ablations tune dropout_on_trunk --data-dir DIR, then plan --lock, then run
Data:     Imagenette (160px-v2) resized to 40x40; last map 5x5
Start:    the trunk of `transfer_cifar10`, which was trained behind average pooling and without dropout. In GoogLeNet
          dropout stands between the pooling and the classes, so that on a frozen trunk all of it is left; what it does
          to the layers before it is not asked.
Time:     75 seconds per trial of 192 epochs on a core with AVX-512: 60 minutes on 2, and 4 for the tuning
Refuted:  a head that is as good or better without dropout.
Arms:     two heads by three rates: the paper's 0.4, half of it, and none. Each arm has a learning rate of its own,
          since dropout slows learning.
Recipe:   that of `transfer_cifar10`
Seeds:    of the head, of the dropped features and of the order of the images; one trunk.
Margin:   1 point, 39 of the 3,925 test images.
Limit:    a claim on dropout is judged only where an arm overfits by 5 points or more. Without dropout, average pooling
          overfits by 4.9 here, so what is measured of it stays without a verdict; the flattened map overfits by 18.
Power:    8 seeds, so that the smallest p-value of a pair, 2 / 2^8, is under 5% after the correction for 4 comparisons.
"""

from dataclasses import replace

from ablations.studies.transfer_cifar10 import STUDY as TRANSFER
from ablations.study import Claim, Guards, Tuning, Variant

FLAT = {"head": "fc", "fc_units": ()}
PAPER = "arXiv 1409.4842, section 5, for training from random weights"
HINTON = "arXiv 1207.0580, section 1, on fully connected layers"
assert TRANSFER.reduced is not None, "it has one"


def without(variant: str, baseline: str, head: str, rate: float, source: str) -> Claim:
    """The claim that a head is worse without dropout."""
    return Claim(
        statement=f"On a frozen trunk, {head} is worse without dropout than with a rate of {rate}",
        source=source,
        variant=variant,
        baseline=baseline,
        direction="worse",
        margin=1.0,
        refuted_by="a head that is as good or better without dropout",
    )


STUDY = replace(
    TRANSFER,
    name="dropout_on_trunk",
    question="On a frozen trunk: is dropout essential after average pooling, and after the flattened map?",
    base={**TRANSFER.base, "dropout": 0.4},
    variants=(
        Variant("gap", {}, "the paper: average pooling and a rate of 0.4", label="average pooling at 0.4"),
        Variant("gap_half", {"dropout": 0.2}, "half the rate", label="average pooling at 0.2"),
        Variant("gap_none", {"dropout": 0.0}, "no dropout", label="average pooling without dropout"),
        Variant("flat", FLAT, "the flattened map, at the paper's rate", label="the flattened map at 0.4"),
        Variant("flat_half", {**FLAT, "dropout": 0.2}, "half the rate", label="the flattened map at 0.2"),
        Variant("flat_none", {**FLAT, "dropout": 0.0}, "no dropout", label="the flattened map without dropout"),
    ),
    first_seed=34,
    tuning=Tuning(grid={"learning_rate": (0.000625, 0.0025, 0.01, 0.04)}, epochs=24),
    comparisons=(("gap", "gap_none"), ("gap_half", "gap_none"), ("flat", "flat_none"), ("flat_half", "flat_none")),
    claim=without("gap_none", "gap", "average pooling", 0.4, PAPER),
    secondary=(
        without("gap_none", "gap_half", "average pooling", 0.2, PAPER),
        without("flat_none", "flat", "the flattened map", 0.4, HINTON),
        without("flat_none", "flat_half", "the flattened map", 0.2, HINTON),
    ),
    guards=Guards(params={"gap": 380_174, "gap_none": 380_174, "flat": 441_614, "flat_none": 441_614}),
    # a frozen trunk of random weights, which learns nothing: no file is read
    reduced=replace(
        TRANSFER.reduced, variants=("gap", "gap_none"), guards=Guards(params={"gap": 5_676, "gap_none": 5_676})
    ),
)
