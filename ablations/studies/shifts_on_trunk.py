"""Shifted images behind a frozen trunk: does average pooling lose less than heads that know positions?

Claim:    "global average pooling sums out the spatial information, thus it is more robust to spatial translations of
          the input" (arXiv 1312.4400, section 3.2), without a number.
Command:  python -m ablations tune shifts_on_trunk --data-dir DIR, then plan --lock, then run
Data:     Imagenette (160px-v2) resized to 40x40; last map 5x5. Test images are moved by 4 and 8 pixels, a tenth and a
          fifth of their side (`ablations.data.shifts`); images are not moved in training
Start:    the trunk of `transfer_cifar10`, which was trained behind average pooling, on images moved by up to 2 pixels.
          A cell of its last map is 8 pixels wide, so a shift by 8 moves the map by one cell.
Time:     85 seconds per trial of 192 epochs on a core with AVX-512: 25 minutes on 2, and 3 for the tuning
Refuted:  a head that knows positions and loses no more.
Recipe:   that of `transfer_cifar10`
Seeds:    of the head and of the order of the images; one trunk. All trials see the same shifts.
Margin:   1 point, 39 of the 3,925 test images.
Power:    8 seeds, so that the smallest p-value of a pair, 2 / 2^8, is under 5% after the correction for 4 tests.
"""

from dataclasses import replace

from ablations.studies.transfer_cifar10 import STUDY as TRANSFER
from ablations.study import Claim, Tuning

NIN = "arXiv 1312.4400, section 3.2, for training from random weights"
assert TRANSFER.reduced is not None, "it has one"


def loses_more(variant: str, head: str, pixels: int) -> Claim:
    """The claim that a head loses more to a shift than average pooling."""
    return Claim(
        statement=f"On a frozen trunk, average pooling loses less than {head} to a shift of {pixels} pixels",
        source=NIN,
        variant=variant,
        metric=f"shift_{pixels}",
        direction="worse",
        margin=1.0,
        refuted_by="a head that loses no more",
    )


STUDY = replace(
    TRANSFER,
    name="shifts_on_trunk",
    question="On a frozen trunk: does average pooling lose less than other heads when images are shifted?",
    first_seed=42,
    tuning=Tuning(grid={"learning_rate": (0.000625, 0.0025, 0.01, 0.04)}, epochs=24),
    evaluations=("train", "shifts"),
    claim=loses_more("flat", "the flattened map", 4),
    secondary=(
        loses_more("flat", "the flattened map", 8),
        loses_more("max", "maximum pooling", 4),
        loses_more("max", "maximum pooling", 8),
    ),
)
