"""The question that comes first everywhere, what average pooling is worth: which studies ask it, which tells most."""

from collections.abc import Sequence

from ablations.evidence.findings import Finding
from ablations.evidence.verdict import SETTLED, UNDECIDED

# The studies whose primary claim is the paper's, those that are tuned and trained out first.
STUDIES = (
    "average_pooling",
    "average_pooling_quarter",
    "hidden_layer_quarter",
    "gap_vs_fc",
    "gap_vs_fc_full_width",
    "imagenette",
    "imagenet",
    "imagenet_batchnorm",
)


def main_finding(found: Sequence[Finding]) -> Finding | None:
    """The finding that answers the question best; `None` if no study that asks it has trials."""
    asked = [one for one in found if one.primary and one.records and one.study.name in STUDIES]
    return best(sorted(asked, key=lambda one: STUDIES.index(one.study.name)))


def best(found: Sequence[Finding]) -> Finding | None:
    """The finding that says most: a settled one, else an undecided one, else the first that has all its seeds."""
    ranked = (
        [one for one in found if standing(one.verdict.name) == 0],
        [one for one in found if standing(one.verdict.name) == 1],
        [one for one in found if one.evidence and one.evidence.found.n >= one.study.seeds],
        found,
    )
    return next((group[0] for group in ranked if group), None)


def standing(verdict: str) -> int:
    """What a verdict's name says: 0 if the claim is settled, 1 if the seeds can't tell, 2 if it is not judged."""
    return 0 if verdict in SETTLED else 1 if verdict == UNDECIDED else 2
