"""Trunks from eight seeds, behind average pooling and behind the flattened map, for heads on frozen trunks.

Claim:    none. What was found on one frozen trunk (`transfer_cifar10`, `heads_on_trunks`) may be that trunk's doing; on
          these, the trunk can change with the seed.
Command:  python -m ablations run eight_trunks --keep-weights --data-dir DIR
Data:     CIFAR-10, 32x32, all training images; quarter width, last map 4x4
Time:     16 trials of 8 epochs, 37 minutes each on a core without AVX-512: 5 hours on 2
Recipe:   that of `recipe` with all its parts, as of the trunks that exist
Seeds:    1 to 8. The trunk from seed 0 has been looked at: what is claimed was first seen on it.
"""

from dataclasses import replace

from ablations.studies.recipe import ALL
from ablations.studies.recipe import STUDY as RECIPE
from ablations.study import Guards, Reduced, Study, Variant

STACK = next(arm for arm in RECIPE.arms if arm.name == ALL)
assert RECIPE.reduced is not None, "it has one"

STUDY = Study(
    name="eight_trunks",
    question="How well do the trunks of eight seeds do on their own images?",
    dataset="cifar10",
    recipe=replace(RECIPE.recipe, **STACK.recipe),
    base={**RECIPE.base, **STACK.overrides},
    variants=(
        Variant("gap", {}, "the paper: global average pooling and a linear layer", label="average pooling"),
        Variant(
            "flat",
            {"head": "fc", "fc_units": ()},
            "the flattened map, straight to the classes",
            label="the flattened map",
        ),
    ),
    seeds=8,
    first_seed=1,
    guards=Guards(params={"gap": 380_174, "flat": 418_574}),
    reduced=Reduced(
        settings=RECIPE.reduced.settings,
        seeds=1,
        guards=Guards(params={}, least_top1=0.2),
    ),
)
