"""Charts that W&B exported: a column of steps, and three columns per curve, `RUN - METRIC` and its ends."""

import shlex
from dataclasses import dataclass
from typing import Any

from ablations.foreign.asked import Asked
from ablations.foreign.cells import is_missing, number
from ablations.foreign.names import ANYTHING
from ablations.foreign.tables import Table
from inception_keras.errors import UserError

ENDS = ("__MIN", "__MAX")
SHOWN = 3  # curves in a note


@dataclass(frozen=True)
class _Curve:
    """A curve: the steps at which it has a value, in their order, and its last value."""

    steps: tuple[float, ...]
    last: Any = None


def last_of_curves(table: Table, asked: Asked) -> Table:
    """The last value of each curve, as a table of runs; any other table as it is.

    A curve that ends before others has no last value: its run was not trained to the end.

    Raises:
        UserError: The curves are of several metrics, of which none was asked for.
    """
    names = [name for name in table.columns if any(f"{name}{end}" in table.columns for end in ENDS)]
    if not names:
        return table
    metric = _metric(table, names, asked)
    own = {_run(name): name for name in names if _metric_of(name) == metric}
    ends = {f"{name}{end}" for name in names for end in ENDS}
    step = next((name for name in table.columns if name not in ends and name not in names), "")
    places = _places(table, step)
    curves = {run: _curve(table, name, places) for run, name in own.items()}
    final = max((curve.steps[-1] for curve in curves.values() if curve.steps), default=0.0)
    early = {run: curve.steps[-1] for run, curve in curves.items() if _ends_early(curve, curves, final)}
    notes = [*table.notes, f"{table.source}: a chart exported from W&B: the last value of each curve counts"]
    notes += _early_note(table.source, early, step or "row", final)
    cells = [{"name": run, metric: None if run in early else curve.last} for run, curve in curves.items()]
    return Table(table.source, ("name", metric), list(enumerate(cells, start=1)), table.decimal_comma, notes)


def _metric(table: Table, names: list[str], asked: Asked) -> str:
    """The metric of the curves, or the one of several that was asked for."""
    metrics = list(dict.fromkeys(map(_metric_of, names)))
    wanted = (asked.score or "").strip().lower()
    found = [metric for metric in metrics if metric.lower() == wanted]
    if len(metrics) > 1 and not found:
        raise UserError(
            f"{table.source} has curves of several metrics ({', '.join(metrics)}): type --score with one of them, such "
            f"as --score {shlex.quote(metrics[0])}"
        )
    return found[0] if found else metrics[0]


def _metric_of(name: str) -> str:
    run, _, metric = name.rpartition(" - ")
    return metric if run else next(iter(ANYTHING))


def _run(name: str) -> str:
    return name.rpartition(" - ")[0] or name


def _places(table: Table, step: str) -> list[float]:
    """Where each row stands: its step, or its number if a step is no number."""
    found = [number(cells[step], table.decimal_comma) if step else None for _, cells in table.rows]
    known = [one.value for one in found if one is not None]
    return known if len(known) == len(found) else [float(place) for place in range(1, len(found) + 1)]


def _curve(table: Table, name: str, places: list[float]) -> _Curve:
    cells = [row[name] for _, row in table.rows]
    known = sorted((place, line) for line, place in enumerate(places) if not is_missing(cells[line]))
    return _Curve(tuple(place for place, _ in known), cells[known[-1][1]]) if known else _Curve(())


def _ends_early(curve: _Curve, curves: dict[str, _Curve], final: float) -> bool:
    """Whether a curve lacks a value that it would have had by the last step: runs need not log at equal steps."""
    if not curve.steps:
        return False
    pace = _pace(curve) or min(filter(None, map(_pace, curves.values())), default=0.0)
    return pace > 0 and curve.steps[-1] + pace <= final


def _pace(curve: _Curve) -> float:
    """The steps between the last two values."""
    return curve.steps[-1] - curve.steps[-2] if len(curve.steps) > 1 else 0.0


def _early_note(source: str, early: dict[str, float], step: str, final: float) -> list[str]:
    if not early:
        return []
    shown = [f"{run} at {step} {at:.15g}" for run, at in early.items()][:SHOWN]
    more = f", and {len(early) - SHOWN} more" if len(early) > SHOWN else ""
    return [
        f"{source}: curves that end before {step} {final:.15g}, the last one, have no final score ({', '.join(shown)}"
        f"{more}): to compare all of them at one step, type --where {shlex.quote(step)}={min(early.values()):.15g}"
    ]
