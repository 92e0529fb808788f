"""Commands that make tables without trials: `parameters` and `simulate`."""

from typing import Annotated

import typer

from ablations.cli.options import RESULTS, Out
from inception_keras.backend import load_backend
from inception_keras.cli.console import console


def parameters(out: Out = RESULTS):
    """Counts the parameters of every model by layer, and what fully connected layers cost: two tables and a figure."""
    load_backend()
    import pandas as pd

    from ablations.report.figures.numbers import write_parameters_figure
    from ablations.report.fully_connected import write_fully_connected
    from ablations.report.parameters import write_parameters

    for page in (write_parameters(out), write_fully_connected(out)):
        console().print(page, markup=False, highlight=False, soft_wrap=True)
    write_parameters_figure(pd.read_csv(out / "fully_connected.csv"), out / "figures")


def simulate(
    repetitions: Annotated[int, typer.Option(min=100, help="Draws per promise.")] = 2000,
    out: Out = RESULTS,
):
    """Draws trials with a known truth and checks tests, intervals and power; exits with 1 if one fails."""
    from ablations.files import prove_writable
    from ablations.report.simulation import write_simulation
    from ablations.statistics.simulation import simulate as draw

    prove_writable(out)
    shares = draw(repetitions)
    console().print(write_simulation(shares, out), markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(0 if shares["kept"].all() else 1)
