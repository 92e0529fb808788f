"""Charts that W&B exported: a column of steps, and three columns per curve."""

from ablations.foreign.cells import is_missing
from ablations.foreign.tables import Table


def last_of_curves(table: Table) -> Table:
    """The last value of each curve of a chart that W&B exported: a column of steps, and columns `RUN - METRIC`."""
    ends = ("__MIN", "__MAX")
    curves = [name for name in table.columns if any(f"{name}{end}" in table.columns for end in ends)]
    if not curves:
        return table
    cells = {}
    for name in curves:
        known = [row[name] for _, row in table.rows if not is_missing(row[name])]
        cells[name.rpartition(" - ")[0] or name] = known[-1] if known else None
    metric = curves[0].rpartition(" - ")[2]
    note = f"{table.source}: a chart exported from W&B: the last value of each curve counts"
    rows = [(place, {"name": run, metric: value}) for place, (run, value) in enumerate(cells.items(), start=1)]
    return Table(table.source, ("name", metric), rows, table.decimal_comma, [*table.notes, note])
