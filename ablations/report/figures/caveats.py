"""What a figure's title must add: that its trials are not those that are judged, or that some of them only guess."""

from ablations.evidence.findings import Finding
from ablations.evidence.sections import Section, done_trials
from ablations.evidence.trained import AT_CHANCE, at_chance


def caveat(section: Section, one: Finding | None) -> str:
    """`exploratory, not judged: 5 of 6 trials of the flattened map ended at chance`; empty if there is nothing to add.

    Args:
        section: The trials that are drawn.
        one: The finding on the primary claim from these trials; `None` if they are not what it is judged by.
    """
    return ": ".join(filter(None, (_standing(section, one), _guessing(section))))


def _standing(section: Section, one: Finding | None) -> str:
    if one is not None or section.study.hypothesis is None:
        return ""
    return "not judged" if section.lock and not section.differs else "exploratory, not judged"


def _guessing(section: Section) -> str:
    """How many trials ended at chance, of which arms: their means tell of luck, not of what a network can do."""
    guessed = {name: [at_chance(r) for r in done_trials(section, name, "top1").values()] for name in section.variants}
    arms = {name: own for name, own in guessed.items() if any(own)}
    if not arms:
        return ""
    labels = {arm.name: arm.label for arm in section.study.arms}
    every = [one for own in arms.values() for one in own]
    names = " and ".join(labels.get(name, name) for name in arms)
    return f"{sum(every)} of {len(every)} trials of {names} {AT_CHANCE}"
