"""Training logs: tables whose rows are epochs of a run. They are no runs, and no further examples."""

from collections.abc import Sequence

from ablations.foreign.cells import in_order, is_missing, key, number
from ablations.foreign.columns import Roles
from ablations.foreign.names import EPOCHS, NAMES, bare
from ablations.foreign.tables import Table
from inception_keras.errors import UserError

RUNS = (*NAMES, "run_id")  # what tells runs apart, besides the roles: an export has their last epochs, a row each


def check_epochs(table: Table, roles: Roles):
    """Refuses a table in which one run has scores of several epochs, since every row would count as a run.

    Raises:
        UserError: It is such a table.
    """
    taken = {roles.run, roles.seed, roles.example, *roles.scores}
    apart = [name for name in table.columns if name in taken - {*roles.scores} or bare(name) in RUNS]
    for name in table.columns:
        if bare(name) not in EPOCHS or name in taken:
            continue
        epochs = _epochs_of_runs(table, name, apart, roles.scores)
        if max(map(len, epochs), default=0) > 1:
            raise UserError(
                f"{table.source}: its rows are epochs of one run (column {name}), and no runs: type --where "
                f"{name}={_last(epochs)} for the last one, or name a column that tells runs apart with --seed or --run"
            )


def _epochs_of_runs(table: Table, name: str, apart: Sequence[str], scores: Sequence[str]) -> list[set[str]]:
    """The epochs of each run that have a score."""
    found: dict[tuple[str, ...], set[str]] = {}
    for _, cells in table.rows:
        if not is_missing(cells[name]) and not all(is_missing(cells[score]) for score in scores):
            run = tuple("" if is_missing(cells[one]) else key(cells[one], "", "", table.decimal_comma) for one in apart)
            found.setdefault(run, set()).add(key(cells[name], "", "", table.decimal_comma))
    return list(found.values())


def _last(epochs: Sequence[set[str]]) -> str:
    """The last epoch that every run has; of runs without a common one the last of all."""
    common = set.intersection(*epochs) or set.union(*epochs)
    return max(in_order(common), key=lambda epoch: found.value if (found := number(epoch)) else float("-inf"))
