"""With a quarter of the images, what is average pooling worth? `average_pooling` at a size that two cores train out.

Claim:    "a move from fully connected layers to average pooling improved the top-1 accuracy by about 0.6%"
          (arXiv 1409.4842, section 5), where images are scarce, so that overfitting counts for more.
Command:  python -m ablations tune average_pooling_quarter --data-dir DIR, then plan --lock, then run
Data:     CIFAR-10, 32x32, a quarter of the training images (11,250), all test images; last map 4x4
Time:     about four hours on two cores that multiply bfloat16 (AMX), the tuning among them
Refuted:  a flattened map that is as good or better, beyond the noise of the seeds.
Arms:     as in `average_pooling`: the flattened map changes pooling alone.
Network:  as in `average_pooling`.
Recipe:   as in `average_pooling`; the learning rate is tuned for each arm.
Rungs:    in a look with a seed that is not of the study, and with one learning rate for both arms, average pooling
          gained 0.4 points from 24 to 48 epochs, but the flattened map 1.6.
Margin:   as in `average_pooling`.
Power:    7 seeds, so that the smallest p-value of a pair, 2 / 2^7, is under 5% after the correction for 3 comparisons.
"""

from dataclasses import replace

from ablations.studies.average_pooling import STUDY as AVERAGE_POOLING
from ablations.study import Claim, Tuning, fast_recipe

claim, overfits, shifts, _ = AVERAGE_POOLING.claims


def with_a_quarter(of: Claim) -> str:
    """The statement of a claim of `average_pooling`, where images are scarce."""
    return f"With a quarter of the images, {of.statement.replace('Average', 'average', 1)}"


STUDY = replace(
    AVERAGE_POOLING,
    name="average_pooling_quarter",
    question="With a quarter of the images: what is average pooling worth?",
    fraction=0.25,
    recipe=fast_recipe(epochs=96, precision="bfloat16"),
    seeds=7,
    first_seed=50,
    rungs=(48, 96),
    rung_seeds={48: 4},
    floor=0.78,
    tuning=Tuning(grid={"learning_rate": (0.0625, 0.125, 0.25)}, epochs=12),
    claim=replace(claim, statement=with_a_quarter(claim)),
    secondary=tuple(replace(other, statement=with_a_quarter(other)) for other in (overfits, shifts)),
)
