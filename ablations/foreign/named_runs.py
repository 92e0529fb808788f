"""Runs that are named after their seeds."""

import re

from ablations.foreign.results import Result

SUFFIX = re.compile(  # a word of `layers2` or `grep3` ends in a letter or two of it, so that these stand apart
    r"[-_ /.]*(?:(?i:seed)|(?<![A-Za-z])(?i:rep|run|s)|(?<=[a-z])R(?:ep|un))[-_ =]*(\d+)$"
)
NUMBER = re.compile(r"[-_ /.]+(\d+)$")  # a seed only where a column of seeds has the same number


def of_named_runs(results: list[Result], keyed: str, source: str, notes: list[str]) -> tuple[list[Result], str]:
    """Runs that are named after their seeds (`wide-seed3`), grouped by the rest of their names."""
    names = [one.run for one in results]
    found = [SUFFIX.search(name) or (NUMBER.search(name) if keyed else None) for name in names]
    if len(set(names)) < len(names) or not all(found) or len(names) < 2:
        return results, keyed
    made = []
    for one, suffix in zip(results, found, strict=True):
        assert suffix is not None, "all names have one"
        if keyed and one.seed != str(int(suffix[1])):
            return results, keyed
        made.append(one._replace(run=one.run[: suffix.start()], seed=str(int(suffix[1]))))
    notes.append(f"{source}: the names of the runs end in their seeds, and the rest of a name is the arm")
    return made, "seed"
