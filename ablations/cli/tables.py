"""Commands that make tables without trials: `parameters` and `simulate`."""

from typing import Annotated

import typer

from ablations.cli.options import RESULTS, Out
from inception_keras.backend import load_backend
from inception_keras.cli.console import console


def parameters(out: Out = RESULTS):
    """Where the parameters of every model are, and what fully connected layers weigh; tables of both and a figure."""
    load_backend()
    import pandas as pd

    from ablations.report import fully_connected
    from ablations.report import parameters as counts
    from ablations.report.figures import numbers as figures_numbers

    for page in (counts.write_parameters(out), fully_connected.write_fully_connected(out)):
        console().print(page, markup=False, highlight=False, soft_wrap=True)
    figures_numbers.write_parameters_figure(pd.read_csv(out / "fully_connected.csv"), out / "figures")


def simulate(
    repetitions: Annotated[int, typer.Option(min=100, help="Draws for each promise.")] = 2000,
    out: Out = RESULTS,
):
    """Draws trials with a known truth: do tests, intervals and power keep their word? 1 where one does not."""
    from ablations.files import prove_writable
    from ablations.statistics import simulation

    prove_writable(out)
    shares = simulation.simulate(repetitions)
    console().print(simulation.write_simulation(shares, out), markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(0 if shares["kept"].all() else 1)
