"""The question that comes first everywhere, what average pooling is worth: which studies ask it, which answer it."""

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
# The same claim of heads alone, on trunks that were trained before: it answers another question.
TRANSFERRED = ("transfer_cifar10", "heads_on_trunks", "transfer")
SECTION = "arXiv 1409.4842, section 5"  # of the paper's claim


def answers(found: Sequence[Finding]) -> list[Finding]:
    """The findings that answer the question, in the order of `STUDIES`; none if no study that asks it has trials.

    These are all that are judged, so that no answer is shown for its verdict. Without any, it is the first that has all
    its seeds, else the first.
    """
    asked = [one for one in found if one.primary and one.records and one.study.name in STUDIES]
    asked.sort(key=lambda one: STUDIES.index(one.study.name))
    judged = [one for one in asked if standing(one.verdict.name) < 2]
    whole = [one for one in asked if one.evidence and one.evidence.found.n >= one.study.seeds]
    return judged or whole[:1] or asked[:1]


def standing(verdict: str) -> int:
    """What a verdict's name says: 0 if the claim is settled, 1 if the seeds can't tell, 2 if it is not judged."""
    return 0 if verdict in SETTLED else 1 if verdict == UNDECIDED else 2
