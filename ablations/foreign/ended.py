"""Runs that ended, where a column says which did, and those that did not: these have no scores."""

from dataclasses import dataclass, replace

from ablations.foreign.cells import is_missing, key
from ablations.foreign.columns import Roles
from ablations.foreign.names import bare
from ablations.foreign.results import Result
from ablations.foreign.tables import Row, Table
from inception_keras.errors import UserError

COLUMNS = tuple(f"{of}{what}" for what in ("status", "state") for of in ("", "run_", "trial_", "job_"))
# as W&B, MLflow, Optuna, Ray, Slurm and people write them
FINISHED = {
    *("finished", "finish", "done", "complete", "completed", "success", "successful", "succeeded", "terminated"),
    *("ok", "passed", "pass", "ended"),
}
UNFINISHED = {
    *("fail", "failed", "failure", "error", "errored", "pruned", "crash", "crashed", "killed", "diverged", "oom"),
    *("out_of_memory", "timeout", "timed_out", "node_fail", "aborted", "cancelled", "canceled", "interrupted"),
    *("preempted", "preempting", "running", "pending", "queued", "waiting", "scheduled", "starting", "created"),
    *("paused", "suspended", "incomplete", "unfinished"),
}


@dataclass(frozen=True)
class Ended:
    """A table by whether its runs ended.

    Attributes:
        table: The rows of runs that did.
        others: Those of runs that did not.
        status: The column that says so, and what it says of these; empty: none does.
    """

    table: Table
    others: tuple[Row, ...] = ()
    status: str = ""


def ended(table: Table) -> Ended:
    """The rows of runs that ended, if a column says which did.

    Raises:
        UserError: None did.
    """
    for name in table.columns:
        if bare(name) not in COLUMNS:
            continue
        words = {line: _word(cells[name]) for line, cells in table.rows}
        said = set(words.values()) - {""}
        if not said & (FINISHED | UNFINISHED):
            if len(said) > 1:
                return Ended(replace(table, notes=[*table.notes, _unknown(table, name)]))
            continue
        if said <= UNFINISHED and "" not in words.values():
            raise UserError(
                f"{table.source}: no run finished ({name}: {', '.join(sorted(said))}): give runs that did, or leave "
                "that column out"
            )
        # where no word says "finished", a run that did has a word that is not known
        kept = FINISHED & said or (said | {""}) - UNFINISHED
        rows = [row for row in table.rows if words[row[0]] in kept]
        others = tuple(row for row in table.rows if words[row[0]] not in kept)
        shown = ", ".join(sorted({words[line] for line, _ in others} - {""}))
        return Ended(replace(table, rows=rows), others, f"{name}: {shown}" if shown else name)
    return Ended(table)


def _word(cell: object) -> str:
    """What a cell says; `TrialState.COMPLETE` of Optuna is `complete`."""
    return "" if is_missing(cell) else bare(str(cell).rpartition(".")[2])


def _unknown(table: Table, name: str) -> str:
    shown = list(dict.fromkeys(str(cells[name]) for _, cells in table.rows if not is_missing(cells[name])))
    return (
        f"{table.source}: nothing known is said of whether runs finished ({name}: {', '.join(shown[:3])}), so all of "
        f"them count: to keep some, type --where {name}={shown[0]}"
    )


def unfinished(found: Ended, roles: Roles, finished: list[Result], notes: list[str]) -> list[Result]:
    """The runs that did not end, without a score; one that another row repeats, with the same seed, is none.

    Of runs without a seed and a name of their own nobody knows whether they were repeated.
    """
    taken = {("" if roles.wide else one.run, one.seed, one.example) for one in finished}
    identified = bool(roles.seed or roles.example) or len(taken) == len(finished)
    made: dict[tuple, Result] = {}
    repeated = set()
    for line, cells in found.others:
        run, seed, example = (_key(found.table, cells, name) for name in (roles.run, roles.seed, roles.example))
        if identified and (run, seed, example) in taken:
            repeated.add((run, seed, example))
            continue
        own = (run, seed, example) if identified else line
        made.setdefault((own,), Result(run, seed, example, None, line))
    if repeated:
        notes.append(
            f"{found.table.source}: rows that did not finish ({found.status}) are left out where another has the same "
            f"seed ({len(repeated)})"
        )
    return list(made.values())


def _key(table: Table, cells: dict, name: str | None) -> str:
    return "" if name is None or is_missing(cells[name]) else key(cells[name], "", "", table.decimal_comma)
