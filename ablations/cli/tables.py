"""Commands that make tables without trials: `parameters` and `simulate`."""

from pathlib import Path
from typing import Annotated

import typer

from ablations.cli.options import RESULTS, folder_option
from inception_keras.cli.console import console, print_table, say
from inception_keras.cli.waiting import waiting

DRAWS = 2000  # per promise, as in `statistics.simulation`, which loads SciPy; the committed table has no fewer


def parameters(out: Annotated[Path, folder_option("Write the tables and the figure to DIR.")] = RESULTS):
    """Counts the parameters of every model by layer, and what fully connected layers cost: two tables and a figure."""
    from ablations.cli import views
    from ablations.report.figures.files import write_parameters_figure
    from ablations.report.fully_connected import write_fully_connected
    from ablations.report.parameters import write_parameters

    with waiting("building the networks of the zoo"):
        counts, dense = write_parameters(out), write_fully_connected(out)
        write_parameters_figure(dense, out / "figures")
    views.print_parameters(console(), counts, dense)
    say(console(), f"exact numbers: {out / 'parameters.md'}, {out / 'fully_connected.md'}")


def simulate(
    repetitions: Annotated[
        int, typer.Option(min=100, help="Draws per promise; under 2,000 no file is written.")
    ] = DRAWS,
    out: Annotated[Path, folder_option("Write the tables to DIR.")] = RESULTS,
):
    """Draws trials with a known truth and checks tests, intervals and power; exits with 1 if one fails."""
    from ablations.files import prove_writable
    from ablations.report.simulation import display, write_simulation
    from ablations.statistics.simulation import simulate as draw

    if written := repetitions >= DRAWS:
        prove_writable(out)
    with waiting(f"drawing {repetitions:,} times for each promise"):
        shares = draw(repetitions)
    if written:
        write_simulation(shares, out)
    shown, kept = display(shares), bool(shares["kept"].all())
    print_table(
        console(), "Do the statistics keep their word?", list(shown.columns), list(shown.itertuples(index=False))
    )
    say(console(), f"{shares['kept'].sum()} of {len(shares)} promises are kept, over {repetitions:,} draws each")
    if not written:
        say(console(), f"no table is written from fewer than {DRAWS:,} draws")
    raise typer.Exit(0 if kept else 1)
