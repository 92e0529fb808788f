"""Trunks from eight seeds, behind average pooling and behind the flattened map, for heads on frozen trunks.

Claim:    none. What was found on one frozen trunk (`transfer_cifar10`, `heads_on_trunks`) may be that trunk's doing; on
          these, the trunk can change with the seed.
Command:  python -m ablations run eight_trunks --keep-weights --data-dir DIR
Data:     CIFAR-10, 32x32, all training images; quarter width, last map 4x4
Time:     16 trials of 8 epochs, 32 minutes each on a core without AVX-512: 4 hours and a quarter on 2
Recipe:   that of `recipe` with all its parts, as of the trunks that exist
Seeds:    1 to 8. The trunk from seed 0 has been looked at: what is claimed was first seen on it.
"""

from dataclasses import replace

from ablations.studies.recipe import STUDY as RECIPE
from ablations.studies.transfer_cifar10 import STUDY as TRANSFER
from ablations.studies.trunks import STACK
from ablations.studies.trunks import STUDY as TRUNKS
from ablations.study import Guards

GAP, FLAT, _ = TRANSFER.variants

STUDY = replace(
    TRUNKS,
    name="eight_trunks",
    question="How well do the trunks of eight seeds do on their own images?",
    base={**RECIPE.base, **STACK.overrides},
    variants=(GAP, FLAT),
    seeds=8,
    first_seed=1,
    guards=Guards(params={"gap": 380_174, "flat": 418_574}),
)
