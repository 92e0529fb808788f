"""What a reader must know beside a verdict: other recipes, broken objects, lagging statistics, trials in common."""

from collections import Counter
from collections.abc import Sequence

from ablations.records.record import Record
from ablations.study import Claim, Study
from ablations.study.decimals import counted, numbered
from inception_keras.models.parts.checks import scale

# Channels of the 1x1 convolutions before the 5x5 in GoogLeNet's nine modules, from the least to the most: Table 1.
REDUCE5X5 = (16, 48)
ENOUGH = 4  # channels: with fewer a reduction passes on next to nothing of its input
FAMILY = "googlenet"
KNOWN = ", known when this study was locked"


def notes(study: Study, claim: Claim, records: Sequence[Record], locked: str = "") -> list[str]:
    """The notes on a claim, from the records of its two arms.

    Args:
        study: Whose claim it is.
        claim: The claim.
        records: Those that count, of all arms.
        locked: When the study was locked, as `locks.locked_at`; empty if it was not.
    """
    arms = {arm.name: arm.label for arm in study.arms}
    pair = study.claimed_pair(claim)
    first = {name: next((r for r in records if r.variant == name), None) for name in pair}
    known = [(arms[name], record) for name, record in first.items() if record is not None]
    both = [record for record in records if record.variant in pair]
    found = (
        _recipes(study, pair, arms),
        _narrow(known),
        _lagging(claim, known),
        _same(both, pair, arms),
        _shared(both, arms, locked),
    )
    return [note for note in found if note]


def _recipes(study: Study, pair: tuple[str, str], labels: dict[str, str]) -> str:
    differs = study.recipe_differences(*pair)
    if not differs:
        return ""
    words = (
        f"{name} {one} ({labels[pair[0]]}) and {other} ({labels[pair[1]]})" for name, (one, other) in differs.items()
    )
    return f"the arms are trained by different recipes: {', '.join(words)}"


def _narrow(arms: Sequence[tuple[str, Record]]) -> str:
    """Arms of GoogLeNet's family whose 5x5 branches are too narrow at their width to be what the claim is about."""
    broken: dict[float, list[str]] = {}
    for label, record in arms:
        toggles = record.toggles
        reduces = toggles["model"] == FAMILY and toggles["reduce"] is True and "5x5" in toggles["branches"]
        if reduces and scale(REDUCE5X5[1], toggles["width"]) < ENOUGH:
            broken.setdefault(toggles["width"], []).append(label)
    words = [
        f"at width {width:g} the reductions before the 5x5 of {' and '.join(labels)} have "
        f"{scale(REDUCE5X5[0], width)} to {scale(REDUCE5X5[1], width)} channels, too few to be the paper's module"
        for width, labels in broken.items()
    ]
    return "; ".join(words)


def _lagging(claim: Claim, arms: Sequence[tuple[str, Record]]) -> str:
    """Epochs to a goal, counted on moving averages of the batch statistics, which lag behind the weights."""
    if not claim.metric.startswith("epochs_to_"):
        return ""
    moving = any(record.batch_statistics == "moving" for _, record in arms)
    return "counted on moving averages of the batch statistics, which lag behind the weights" if moving else ""


def _same(records: Sequence[Record], pair: tuple[str, str], labels: dict[str, str]) -> str:
    """Arms that end alike with every seed: what is declared to differ changes nothing in the network that is built."""
    ends = [{r.seed: r.metrics for r in records if r.variant == name and r.done} for name in pair]
    shared = ends[0].keys() & ends[1].keys()
    if not shared or any(ends[0][seed] != ends[1][seed] for seed in shared):
        return ""
    seeds = counted(len(shared), "seeds")
    return f"{labels[pair[0]]} and {labels[pair[1]]} have the same results with {seeds}: what differs changes nothing"


def _shared(records: Sequence[Record], labels: dict[str, str], locked: str) -> str:
    """Arms whose trials another study has trained: a later lock could not hide their results."""
    found: dict[tuple[str, str, bool], list[int]] = {}
    for record in records:
        if record.shared:
            known = bool(locked) and record.began < locked
            found.setdefault((record.variant, record.shared["study"], known), []).append(record.seed)
    own = Counter(record.variant for record in records)
    words = []
    for (variant, study, known), seeds in found.items():
        which = "" if len(seeds) == own[variant] else f" with {numbered('seed', seeds)}"
        words.append(f"the trials of {labels[variant]}{which} are those of {study}" + known * KNOWN)
    return "; ".join(words)
