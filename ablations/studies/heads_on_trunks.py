"""Heads on frozen trunks that were trained behind other heads than average pooling.

Claim:    as in `transfer_cifar10`, whose one trunk was trained behind average pooling: a trunk may suit the head behind
          which it was trained, so what is found there may be the trunk's doing.
Command:  python -m ablations tune heads_on_trunks --data-dir DIR, then plan --lock, then run
Data:     Imagenette (160px-v2) resized to 40x40; last map 5x5
Start:    the networks of `trunks`, trained behind the flattened map and behind the maximum; the files lie beside their
          records
Time:     75 seconds per trial of 192 epochs on a core with AVX-512: 40 minutes on 2, and 6 for the tuning
Refuted:  average pooling that is as good as the flattened map or better, on a trunk trained behind the flattened map;
          a maximum that is as good as average pooling or better, on a trunk trained behind the maximum.
Recipe:   that of `transfer_cifar10`
Seeds:    of the head and of the order of the images; one trunk behind each head.
Margin:   1 point, 39 of the 3,925 test images.
Power:    8 seeds, so that the smallest p-value of a pair, 2 / 2^8, is under 5% after the correction for 4 comparisons.
"""

from dataclasses import replace

from ablations.studies.transfer_cifar10 import STUDY as TRANSFER
from ablations.study import Tuning, Variant

BEHIND_FLAT = "results/trunks/flat.weights.h5@f9307df094f3"
BEHIND_MAX = {"weights": "results/trunks/max.weights.h5@750f219b3bf0"}
GAP, FLAT, MAXIMUM = TRANSFER.variants
assert TRANSFER.claim is not None and TRANSFER.reduced is not None, "it has both"
FLAT_IS_WORSE, MAXIMUM_IS_WORSE = TRANSFER.claim, TRANSFER.secondary[1]

STUDY = replace(
    TRANSFER,
    name="heads_on_trunks",
    question="Does the best head on a frozen trunk depend on the head behind which the trunk was trained?",
    base={**TRANSFER.base, "weights": BEHIND_FLAT},
    variants=(
        replace(
            GAP,
            why="the trunk was trained behind the flattened map",
            label="average pooling on the flattened map's trunk",
        ),
        replace(FLAT, why="as the trunk was trained", label="the flattened map on its own trunk"),
        replace(
            MAXIMUM,
            why="the maximum over positions",
            label="maximum pooling on the flattened map's trunk",
        ),
        Variant(
            "gap_behind_max",
            BEHIND_MAX,
            "the trunk was trained behind the maximum",
            label="average pooling on the maximum's trunk",
        ),
        Variant(
            "flat_behind_max",
            {**FLAT.overrides, **BEHIND_MAX},
            "the flattened map on that trunk",
            label="the flattened map on the maximum's trunk",
        ),
        Variant(
            "max_behind_max",
            {**MAXIMUM.overrides, **BEHIND_MAX},
            "as that trunk was trained",
            label="maximum pooling on its own trunk",
        ),
    ),
    first_seed=26,
    comparisons=(
        ("gap", "flat"),
        ("gap", "max"),
        ("gap_behind_max", "flat_behind_max"),
        ("gap_behind_max", "max_behind_max"),
    ),
    tuning=Tuning(grid={"learning_rate": (0.000625, 0.0025, 0.01, 0.04)}, epochs=24),
    claim=replace(
        FLAT_IS_WORSE,
        statement="On a trunk trained behind the flattened map, average pooling improves top-1 by about 0.6 points",
    ),
    secondary=(
        replace(
            MAXIMUM_IS_WORSE,
            statement="On a trunk trained behind the flattened map, maximum pooling is worse than average pooling by "
            "about 0.6 points",
        ),
        replace(
            FLAT_IS_WORSE,
            statement="On a trunk trained behind the maximum, average pooling instead of the flattened map improves "
            "top-1 by about 0.6 points",
            variant="flat_behind_max",
            baseline="gap_behind_max",
        ),
        replace(
            MAXIMUM_IS_WORSE,
            statement="On a trunk trained behind the maximum, maximum pooling is worse than average pooling by about "
            "0.6 points",
            variant="max_behind_max",
            baseline="gap_behind_max",
        ),
    ),
    # frozen trunks of random weights, which learn nothing: no file is read, so the arms of one of them are all there is
    reduced=replace(TRANSFER.reduced, variants=("gap", "flat")),
)
