"""What is assumed of pairs of arms: one sentence for all arms of which it holds, since there may be hundreds."""

from collections.abc import Sequence
from typing import NamedTuple

SHOWN = 3  # names of arms in a sentence


class PairNote(NamedTuple):
    """A sentence about an arm beside the baseline: `before`, both names, `after`; without an arm `before` alone."""

    before: str
    arm: str = ""
    after: str = ""


def sentences(baseline: str, notes: Sequence[PairNote]) -> list[str]:
    """The sentences, each once, with the arms of which it holds.

    >>> sentences("m0", [PairNote("", f"m{arm}", ": not paired") for arm in range(1, 300)])
    ['m0 and each of m1, m2, m3 and 296 more: not paired']
    >>> sentences("m0", [PairNote("equal seeds are pairs (8 of ", "m1", ")"), PairNote("no --claim")])
    ['equal seeds are pairs (8 of m0 and m1)', 'no --claim']
    """
    arms: dict[tuple[str, str], list[str]] = {}
    for note in notes:
        arms.setdefault((note.before, note.after), []).append(note.arm)
    return [f"{before}{_both(baseline, names)}{after}" for (before, after), names in arms.items()]


def _both(baseline: str, names: Sequence[str]) -> str:
    names = [name for name in dict.fromkeys(names) if name]
    if len(names) < 2:
        return f"{baseline} and {names[0]}" if names else ""
    shown = names if len(names) <= SHOWN else names[:SHOWN]
    more = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    return f"{baseline} and each of {', '.join(shown)}{more}"
