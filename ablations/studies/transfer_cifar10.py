"""Heads on a frozen trunk of this project, which was trained on CIFAR-10: transferred to Imagenette's photographs.

Claim:    average pooling with a linear layer "enables adapting and fine-tuning our networks for other label sets
          easily", and "a move from fully connected layers to average pooling improved the top-1 accuracy by about
          0.6%" (arXiv 1409.4842, section 5, for training on ImageNet from random weights). Network in Network (arXiv
          1312.4400, section 3.2) adds that it overfits less.
Command:  python -m ablations tune transfer_cifar10 --data-dir DIR, then plan --lock, then run
Data:     Imagenette (160px-v2) resized to 40x40; last map 5x5
Start:    the network of `recipe` with all its parts, seed 0: a quarter of the width, 8 epochs. The file lies beside the
          results, since another machine rounds otherwise and ends in another trunk; only the head is trained here.
Time:     40 minutes on 2 cores, and 10 for the tuning. Each image passes the trunk once, since images are not augmented
Refuted:  a flattened map that is as good or better, beyond the noise of the seeds.
Arms:     the flattened map changes pooling alone; the maximum asks whether it is the average that matters. A hidden
          layer of 1,024 was tuned too (`tuning/`), and left out: an epoch takes 8 seconds instead of one.
Recipe:   a momentum of 0.98, since a linear layer on 256 averages is an ill-conditioned problem: with 0.9, which the
          first edition had, average pooling still gained 1.2 points from 48 to 96 epochs and needs 384 for what 0.98
          reaches in 96 (one seed, validation).
Seeds:    of the head and of the order of the images. There is one trunk: what is found holds for this trunk, which was
          trained behind average pooling. Seeds 0 to 17 ran with the momentum of 0.9 and stay exploratory; the study's
          are 18 to 25.
Margin:   1 point, 39 of the 3,925 test images.
Power:    8 seeds, so that the smallest p-value of a pair, 2 / 2^8, is under 5% after the correction for 4 tests.
"""

from ablations.studies.recipe import ALL
from ablations.studies.recipe import STUDY as RECIPE
from ablations.study import ONE_BRANCH_ON_DIGITS, Claim, Guards, Recipe, Reduced, Study, Tuning, Variant

PAPER = "arXiv 1409.4842, section 5, for training from random weights"
NIN = "arXiv 1312.4400, section 3.2, for training from random weights"
GMP = "arXiv 1512.04150, Table 1: 35.6% and 35.0% error, the whole network fine-tuned"
TRUNK = next(arm for arm in RECIPE.arms if arm.name == ALL)
START = {"weights": "results/transfer_cifar10/trunk.weights.h5@d9617e23040a", "freeze": "trunk"}

STUDY = Study(
    name="transfer_cifar10",
    question="On a frozen trunk of our own: average pooling or another head?",
    dataset="imagenette/160px-v2",
    image_size=40,
    recipe=Recipe(epochs=192, batch_size=64, learning_rate=0.04, momentum=0.98, augmentation=(), precision="float32"),
    base={**RECIPE.base, **TRUNK.overrides, "logit_scale": 1.0, **START},
    variants=(
        Variant("gap", {}, "the paper: global average pooling and a linear layer", label="average pooling"),
        Variant(
            "flat",
            {"head": "fc", "fc_units": ()},
            "the flattened map, straight to the classes",
            label="the flattened map",
        ),
        Variant(
            "max",
            {"head": "fc", "fc_input": "max", "fc_units": ()},
            "the maximum over positions instead of the average",
            label="maximum pooling",
        ),
    ),
    seeds=8,
    first_seed=18,
    rungs=(96, 192),
    rung_seeds={96: 4},
    floor=0.5,
    tuning=Tuning(grid={"learning_rate": (0.000625, 0.0025, 0.01, 0.04), "dropout": (0.0, 0.4)}, epochs=24),
    comparisons=(("gap", "flat"), ("gap", "max")),
    evaluations=("train",),
    claim=Claim(
        statement="On a frozen trunk, average pooling instead of the flattened map improves top-1 by about 0.6 points",
        source=PAPER,
        variant="flat",
        effect=-0.6,
        margin=1.0,
        refuted_by="a flattened map that is as good or better, beyond the noise of the seeds",
    ),
    secondary=(
        Claim(
            statement="On a frozen trunk, average pooling overfits less than the flattened map",
            source=NIN,
            variant="flat",
            metric="overfitting",
            direction="worse",
            margin=1.0,
            refuted_by="a flattened map that overfits no more",
        ),
        Claim(
            statement="On a frozen trunk, maximum pooling is worse than average pooling by about 0.6 points",
            source=GMP,
            variant="max",
            effect=-0.6,
            margin=1.0,
            refuted_by="a maximum that is as good or better",
        ),
    ),
    guards=Guards(params={"gap": 380_174, "flat": 441_614, "max": 380_174}),
    # a frozen trunk of random weights, which learns nothing: no file is read
    reduced=Reduced(
        settings={**ONE_BRANCH_ON_DIGITS, "epochs": 1, "weights": None, "stem_stride": 2, "whitening": False},
        seeds=1,
        guards=Guards(params={"gap": 5_676, "flat": 12_876}),
        variants=("gap", "flat"),
    ),
)
