"""Rows that are parts of the results of a run, in a table without seeds: data sets, splits, classes."""

import shlex

from ablations.foreign.cells import is_missing, key, number
from ablations.foreign.columns import Roles
from ablations.foreign.keys import is_counted
from ablations.foreign.names import NAMES, bare, is_beside
from ablations.foreign.tables import Table
from inception_keras.errors import UserError

SPLITS = {"split", "subset", "partition", "phase", "set", "part"}
PARTS = {  # of what a model is tested on
    *("dataset", "data_set", "data", "test_set", "benchmark", "task", "suite", "corpus", "domain", "environment"),
    *("env", "game", "language", "lang", "corruption", "severity", "attack", "class", "class_name", "category"),
    *("subject", "patient", "site"),
}
SHOWN = 3  # values in a message


def check_parts(table: Table, roles: Roles):
    """Refuses a table whose rows of an arm are of several data sets, splits or the like: each would count as a run.

    A column says so by its name, or by the same values in every arm, each once.

    Raises:
        UserError: It is such a table.
    """
    taken = {roles.run, *roles.scores}
    for name in table.columns:
        if name in taken or is_beside(name) or bare(name) in NAMES:
            continue
        arms = _values_of_arms(table, name, None if roles.wide else roles.run)
        known = bare(name) in SPLITS | PARTS
        if known and any(len(set(values)) > 1 for values in arms.values()):
            raise UserError(_said(table, name, arms))
        if not known and _are_crossed(arms) and (is_counted(table, name) or _is_text(table, name)):
            raise UserError(f"{_said(table, name, arms)}, or --seed {shlex.quote(name)} if it tells runs apart")


def _values_of_arms(table: Table, name: str, run: str | None) -> dict[str, list[str]]:
    """The values of a column in the rows of each arm."""
    found: dict[str, list[str]] = {}
    for _, cells in table.rows:
        arm = "" if run is None or is_missing(cells[run]) else key(cells[run], "", "", table.decimal_comma)
        if not is_missing(cells[name]):
            found.setdefault(arm, []).append(key(cells[name], "", "", table.decimal_comma))
    return found


def _are_crossed(arms: dict[str, list[str]]) -> bool:
    """Whether several arms have the same values, two or more, each once."""
    first, *others = arms.values()
    return len(others) > 0 and len(first) > 1 and all(sorted(set(first)) == sorted(own) for own in [first, *others])


def _is_text(table: Table, name: str) -> bool:
    return all(
        number(cells[name], table.decimal_comma) is None for _, cells in table.rows if not is_missing(cells[name])
    )


def _said(table: Table, name: str, arms: dict[str, list[str]]) -> str:
    arm, values = max(arms.items(), key=lambda one: len(set(one[1])))
    distinct = list(dict.fromkeys(values))
    kept = next((value for value in distinct if value.lower() == "test"), distinct[0])
    shown = ", ".join([*distinct[:SHOWN], *["..."][: len(distinct) > SHOWN]])
    of = f" of {arm}" if arm else ""
    return (
        f"{table.source}: the rows{of} differ in {name} ({shown}), and no column has seeds, so they are no runs: keep "
        f"one with --where {shlex.quote(f'{name}={kept}')}"
    )
