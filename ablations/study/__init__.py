"""What a study is made of: frozen dataclasses that declare what is compared. Nothing here trains."""

from ablations.study.claims import Claim
from ablations.study.fast import FAST_NETWORK, fast_recipe
from ablations.study.recipe import Recipe
from ablations.study.reduced import ON_DIGITS, ONE_BRANCH_ON_DIGITS, Guards, Reduced
from ablations.study.study import Study
from ablations.study.trial import Trial, address
from ablations.study.tuning import Tuning
from ablations.study.variants import Factor, Variant

__all__ = [
    "FAST_NETWORK",
    "ONE_BRANCH_ON_DIGITS",
    "ON_DIGITS",
    "Claim",
    "Factor",
    "Guards",
    "Recipe",
    "Reduced",
    "Study",
    "Trial",
    "Tuning",
    "Variant",
    "address",
    "fast_recipe",
]
