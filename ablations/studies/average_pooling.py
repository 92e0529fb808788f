"""What is average pooling worth, once the networks are tuned and trained out? The second edition of `gap_vs_fc`.

Claim:    "a move from fully connected layers to average pooling improved the top-1 accuracy by about 0.6%"
          (arXiv 1409.4842, section 5). The paper names neither the fully connected head nor the number of runs nor a
          spread.
Command:  python -m ablations tune average_pooling --data-dir DIR, then plan --lock, then run
Data:     CIFAR-10, 32x32, all training images; quarter width, last map 4x4
Time:     see `plan`: for a GPU, or for many nights of two cores; `run average_pooling --budget MINUTES` trains whole
          pairs of the main claim first, and the next call goes on
Refuted:  a flattened map that is as good or better, beyond the noise of the seeds.
Arms:     the flattened map changes pooling alone: every position of the map has weights of its own for each class. The
          heads with hidden layers, and those of equal parameters, are in `head_designs`.
Recipe:   of the fastest published trainings (KellerJordan/cifar10-airbench), with their batch of 1,024 and without
          dropout; `recipe` asks what each part is worth. The learning rate is tuned for each arm.
Rungs:    6 and 12 epochs show how the difference moves, 24 and 48 whether anything still does.
Seeds:    0 to 6 ran with a learning rate of 0.5 for both arms, the least of the first grid, where the flattened map
          mostly guessed; they stay exploratory. The study's seeds are 9 to 17.
Power:    9 seeds, so that the smallest p-value of a pair, 2 / 2^9, is under 5% after the correction for 4 comparisons.
Margin:   as much as is claimed. With half of that, noise would let a difference that does not move pass for one that
          does in more than half of such studies (`plan`), so that nothing is judged; 47 seeds would be needed.
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
    recipe=fast_recipe(epochs=48, batch_size=1024, learning_rate=0.5),
    base={**FAST_NETWORK, "width": 0.25},
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
    rungs=(6, 12, 24, 48),
    rung_seeds={6: 4, 12: 4},
    floor=0.86,
    tuning=Tuning(grid={"learning_rate": (0.125, 0.25, 0.5)}, epochs=12),
    evaluations=("train", "shifts"),
    claim=Claim(
        statement="Average pooling instead of the flattened map improves top-1 by about 0.6 points",
        source="arXiv 1409.4842, section 5",
        variant="flat",
        effect=-0.6,
        margin=0.6,
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
    guards=Guards(params={"gap": 380_174, "flat": 418_574}),
    reduced=Reduced(
        settings={**ONE_BRANCH_ON_DIGITS, "epochs": 1, "fraction": 0.9, "batch_size": 16},  # one rung, not tuned
        seeds=1,
        guards=Guards(params={"gap": 7_228, "flat": 14_428}, least_top1=0.15),
    ),
)
