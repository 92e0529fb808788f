"""What is average pooling worth, once the networks are tuned and trained out? The second edition of `gap_vs_fc`.

Claim:    "a move from fully connected layers to average pooling improved the top-1 accuracy by about 0.6%"
          (arXiv 1409.4842, section 5). The paper names neither the fully connected head nor the number of runs nor a
          spread.
Command:  python -m ablations tune average_pooling --data-dir DIR, then plan --lock, then run
Data:     CIFAR-10, 32x32, all training images; last map 4x4
Time:     about 14 hours on two cores that multiply bfloat16 (AMX), the tuning among them; `run average_pooling --budget
          MINUTES` trains whole pairs of the main claim first, and the next call goes on
Refuted:  a flattened map that is as good or better, beyond the noise of the seeds.
Arms:     the flattened map changes pooling alone: every position of the map has weights of its own for each class. The
          heads with hidden layers, and those of equal parameters, are in `head_designs`.
Network:  a fifth of the width, with channels in multiples of 16 and in bfloat16, which is fast on such processors: the
          parameters and multiply-adds of a quarter of the width.
Recipe:   of the fastest published trainings (KellerJordan/cifar10-airbench), for a batch of 128 and without dropout;
          `recipe` asks what each part is worth. The learning rate is tuned for each arm.
Rungs:    32 and 64 epochs show whether anything still moves. 24 and 48 would cost three hours less, but after 24
          epochs the exploratory trials had 5% of the training images still to learn.
Seeds:    0 to 6 ran on a GPU at a quarter of the width, in batches of 1,024, with a learning rate of 0.5 for both arms,
          the least of the first grid, where the flattened map mostly guessed; they stay exploratory. The study's seeds
          are 9 to 17.
Power:    9 seeds, so that the smallest p-value of a pair, 2 / 2^9, is under 5% after the correction for 4 comparisons.
Margin:   a point, more than is claimed. With half of 0.6, noise would let a difference that does not move pass for one
          that does in more than half of such studies (`plan`), so that nothing is judged.
"""

from ablations.study import (
    FAST_NETWORK,
    ONE_BRANCH_ON_DIGITS,
    Claim,
    Guards,
    Reduced,
    Study,
    Tuning,
    Variant,
    fast_recipe,
)

NIN = "arXiv 1312.4400, section 3.2"

STUDY = Study(
    name="average_pooling",
    question="What is average pooling worth, once the networks are tuned and trained out?",
    dataset="cifar10",
    recipe=fast_recipe(epochs=64, precision="bfloat16"),
    base={**FAST_NETWORK, "width": 0.2, "channel_multiple": 16},
    variants=(
        Variant("gap", {}, "the paper: global average pooling and a linear layer", label="average pooling"),
        Variant(
            "flat",
            {"head": "fc", "fc_units": ()},
            "the flattened map, straight to the classes",
            label="the flattened map",
        ),
    ),
    seeds=9,
    first_seed=9,
    rungs=(32, 64),
    rung_seeds={32: 4},
    floor=0.86,
    tuning=Tuning(grid={"learning_rate": (0.0625, 0.125, 0.25)}, epochs=8),
    evaluations=("train", "shifts"),
    claim=Claim(
        statement="Average pooling instead of the flattened map improves top-1 by about 0.6 points",
        source="arXiv 1409.4842, section 5",
        variant="flat",
        effect=-0.6,
        margin=1.0,
        refuted_by="a flattened map that is as good or better, beyond the noise of the seeds",
    ),
    secondary=(
        Claim(
            statement="Average pooling overfits less than the flattened map",
            source=NIN,
            variant="flat",
            metric="overfitting",
            direction="worse",
            margin=1.0,
            refuted_by="a flattened map that overfits no more",
        ),
        Claim(
            statement="Average pooling loses less to a shift of 4 pixels",
            source=NIN,
            variant="flat",
            metric="shift_4",
            direction="worse",
            margin=1.0,
            refuted_by="a flattened map that loses no more",
        ),
        Claim(
            statement="Average pooling converges more slowly: the flattened map reaches 80% in fewer epochs",
            source="articles on average pooling, without a measurement",
            variant="flat",
            metric="epochs_to_80",
            direction="better",
            margin=0.5,
            refuted_by="a flattened map that takes as many epochs or more",
        ),
    ),
    guards=Guards(params={"gap": 318_802, "flat": 352_402}),
    reduced=Reduced(
        settings={**ONE_BRANCH_ON_DIGITS, "epochs": 1, "fraction": 0.9, "batch_size": 16},  # one rung, not tuned
        seeds=1,
        guards=Guards(params={"gap": 8_466, "flat": 15_666}, least_top1=0.15),
    ),
)
