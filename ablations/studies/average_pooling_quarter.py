"""With a quarter of the images, what is average pooling worth? `average_pooling` at a size that two cores train out.

Claim:    "a move from fully connected layers to average pooling improved the top-1 accuracy by about 0.6%"
          (arXiv 1409.4842, section 5), where images are scarce, so that overfitting counts for more.
Command:  python -m ablations tune average_pooling_quarter --data-dir DIR, then plan --lock, then run
Data:     CIFAR-10, 32x32, a quarter of the training images (11,250), all test images; last map 4x4
Time:     about four hours on two cores that multiply bfloat16 (AMX), the tuning among them
Refuted:  a flattened map that is as good or better, beyond the noise of the seeds.
Arms:     as in `average_pooling`: the flattened map changes pooling alone.
Network:  channels in multiples of 16 at width 0.2, in bfloat16, which is fast on such processors.
Recipe:   as in `average_pooling`, with a batch of 128, since a quarter of the images makes a quarter of the steps. The
          learning rate is tuned for each arm.
Rungs:    twice those of `average_pooling`. In a look with a seed that is not of the study, and with one learning rate
          for both, average pooling gained 0.4 points from 24 to 48 epochs, but the flattened map 1.6.
Margin:   a point, more than is claimed: see `average_pooling` on what noise does to a smaller one.
Power:    7 seeds, so that the smallest p-value of a pair, 2 / 2^7, is under 5% after the correction for 3 comparisons.
"""

from dataclasses import replace

from ablations.studies.average_pooling import STUDY as AVERAGE_POOLING
from ablations.study import FAST_NETWORK, Claim, Guards, Tuning, fast_recipe

assert AVERAGE_POOLING.reduced is not None, "it has a small size"
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
    base={**FAST_NETWORK, "width": 0.2, "channel_multiple": 16},
    seeds=7,
    first_seed=50,
    rungs=(48, 96),
    rung_seeds={48: 4},
    floor=0.78,
    tuning=Tuning(grid={"learning_rate": (0.0625, 0.125, 0.25)}, epochs=12),
    claim=replace(claim, statement=with_a_quarter(claim), margin=1.0),
    secondary=tuple(replace(other, statement=with_a_quarter(other)) for other in (overfits, shifts)),
    guards=Guards(params={"gap": 318_802, "flat": 352_402}),
    reduced=replace(AVERAGE_POOLING.reduced, guards=Guards(params={"gap": 8_466, "flat": 15_666}, least_top1=0.15)),
)
