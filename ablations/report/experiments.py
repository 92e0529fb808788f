"""The size of an experiment in words: a verdict is about this and about nothing larger."""

from ablations.evidence.findings import Finding
from ablations.records.record import Record
from ablations.study.claims import Ordering
from ablations.study.decimals import counted
from ablations.study.starts import start_file, start_of


def brief(one: Finding) -> str:
    """For a table: `googlenet at width 0.125, 4,500 images of cifar10, 6 epochs`."""
    if not one.records:
        return "–"
    data = one.records[0].data
    return f"{_networks(one)}, {data['counts']['train']:,} images of {data['name']}, {_epochs(one)}"


def in_full(one: Finding, typed: str = "") -> str:
    """One line with everything that a verdict depends on; without records, the command that runs the study.

    Args:
        one: The finding.
        typed: The study, as typed; by default its name.
    """
    if not one.records:
        return f"{one.uncounted or 'not run'}: type `{first_command(one, typed)}`"
    first = one.records[0]
    data, recipe = first.data, first.recipe
    side = "x".join(map(str, data["image_shape"]))
    rounding = first.rounding
    devices = f" on {rounding.replicas} devices" if rounding.replicas > 1 else ""
    devices += ", many steps a dispatch" if rounding.dispatch == "scan" else ""
    return (
        f"{_networks(one)}, {data['counts']['train']:,} training images of {data['name']} ({side}), {_epochs(one)}, "
        f"{recipe['precision']}, {first.backend}{devices}. {data['note']}"
    )


def first_command(one: Finding, typed: str = "") -> str:
    """What to type for a claim without trials: a study that declares a tuning is tuned before it is run."""
    return f"python -m ablations {'tune' if one.study.untuned else 'run'} {typed or one.study.name}"


def _networks(one: Finding) -> str:
    """The networks that a claim compares, each once with its widths; the baseline's come first."""
    widths: dict[str, list[str]] = {}
    for record in _compared(one):
        toggles = record.toggles
        known = widths.setdefault(toggles["model"], [])
        if "width" in toggles and (width := f"{toggles['width']:g}") not in known:
            known.append(width)
    return " and ".join(name + _at(found) for name, found in widths.items()) + _start(one)


def _start(one: Finding) -> str:
    """From which weights the networks start, and whether their trunks are frozen."""
    starts = [start_of(record.toggles) for record in _compared(one)]
    files = dict.fromkeys(str(start["weights"]) for start in starts if start.get("weights"))
    frozen = any(start.get("freeze") == "trunk" for start in starts)
    named = (file + " (a file for each seed)" * start_file(file).is_list for file in files)
    words = f", started from {' and '.join(named)}" if files else ""
    return words + (", with a frozen trunk" if frozen else "")


def _at(widths: list[str]) -> str:
    if not widths:
        return ""
    return f" at width{'s' if len(widths) > 1 else ''} {' and '.join(widths)}"


def _compared(one: Finding) -> list[Record]:
    """The records of the claim's arms, in its order; all records for an ordering, or if neither arm has any."""
    if isinstance(one.claim, Ordering):
        return one.records
    arms = one.study.claimed_pair(one.claim)
    return [record for arm in arms for record in one.records if record.variant == arm] or one.records


def _epochs(one: Finding) -> str:
    return counted(one.records[0].recipe["epochs"], "epochs")
