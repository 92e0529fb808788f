"""The trunks that `heads_on_trunks` starts from, trained behind other heads than average pooling.

Claim:    none. The trunk behind average pooling is the network of `recipe` with all its parts.
Command:  python -m ablations run trunks --keep-weights --data-dir DIR
Data:     CIFAR-10, 32x32, all training images; quarter width, last map 4x4
Time:     20 minutes for both, one on each of 2 cores with AVX-512
Recipe:   that of `recipe` with all its parts, so that the three trunks differ in the head behind them alone
"""

from dataclasses import replace

from ablations.studies.recipe import ALL
from ablations.studies.recipe import STUDY as RECIPE
from ablations.study import Guards, Reduced, Study, Variant

STACK = next(arm for arm in RECIPE.arms if arm.name == ALL)
assert RECIPE.reduced is not None, "it has one"

STUDY = Study(
    name="trunks",
    question="How well do the trunks do on their own images?",
    dataset="cifar10",
    recipe=replace(RECIPE.recipe, **STACK.recipe),
    base={**RECIPE.base, **STACK.overrides, "head": "fc", "fc_units": ()},
    variants=(
        Variant("flat", {}, "the flattened map, straight to the classes", label="the flattened map"),
        Variant("max", {"fc_input": "max"}, "the maximum over positions", label="maximum pooling"),
    ),
    seeds=1,
    guards=Guards(params={"flat": 418_574, "max": 380_174}),
    reduced=Reduced(
        settings=RECIPE.reduced.settings,
        seeds=1,
        guards=Guards(params={}, least_top1=0.2),
    ),
)
