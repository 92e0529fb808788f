"""Runs that are named after their seeds."""

import re

from ablations.foreign.results import Result

SUFFIX = re.compile(  # a word of `layers2` or `grep3` ends in a letter or two of it, so that these stand apart
    r"[-_ /.]*(?:(?i:seed)|(?<![A-Za-z])(?i:rep|run|s)|(?<=[a-z])R(?:ep|un))[-_ =]*(\d+)$"
)
NUMBER = re.compile(r"[-_ /.]+(\d+)$")  # a seed only where a column of seeds has the same number


def of_named_runs(
    results: list[Result], others: list[Result], keyed: str, source: str, notes: list[str]
) -> tuple[list[Result], list[Result], str]:
    """Runs that are named after their seeds (`wide-seed3`), grouped by the rest of their names.

    Of `others`, the runs that did not end, one with another kind of name belongs to no arm, and is noted.
    """
    names = [one.run for one in results]
    made = [_named(one, keyed) for one in results]
    if len(set(names)) < len(names) or len(names) < 2 or None in made:
        return results, others, keyed
    notes.append(f"{source}: the names of the runs end in their seeds, and the rest of a name is the arm")
    grouped = [one for one in made if one is not None]
    known = {(one.run, one.seed) for one in grouped}
    rest = {one.run: _named(one, keyed) for one in others}
    strange = [name for name, one in rest.items() if one is None]
    if strange:
        notes.append(f"{source}: runs that did not finish, of other names, are left out ({', '.join(strange)})")
    return grouped, [one for one in rest.values() if one and (one.run, one.seed) not in known], "seed"


def _named(one: Result, keyed: str) -> Result | None:
    """A run without the seed at the end of its name; `None` if it has none there, or another than its own."""
    suffix = SUFFIX.search(one.run) or (NUMBER.search(one.run) if keyed else None)
    if suffix is None or (keyed and one.seed != str(int(suffix[1]))):
        return None
    return one._replace(run=one.run[: suffix.start()], seed=str(int(suffix[1])))
