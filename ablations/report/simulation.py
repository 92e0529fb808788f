"""The results of `simulate` as a table and a page: whether tests, intervals and power keep their promises."""

from pathlib import Path

import pandas as pd

from ablations.files import write_files
from ablations.statistics.simulation import SPREAD


def display(shares: pd.DataFrame) -> pd.DataFrame:
    """The table as texts, for people."""
    shown = pd.DataFrame({"promise": shares["promise"], "seeds per arm": shares["seeds"].map(str)})
    shown["seen"] = shares["share"].map("{:.1%}".format)
    shown["promised"] = [f"{low:.1%} to {high:.1%}" for low, high in zip(shares["low"], shares["high"], strict=True)]
    shown["kept"] = shares["kept"].map({True: "yes", False: "no"})
    return shown


def simulation_page(shares: pd.DataFrame) -> str:
    """The table as a page."""
    return (
        "# Do the statistics keep their word?\n\n"
        f"{shares['repetitions'].iloc[0]:,} draws per row, of trials with a known truth: scores with a spread of "
        f"{SPREAD} points over the seeds, and answers to images from a threshold model "
        "(`ablations/statistics/simulation.py`).\n\n"
        f"{display(shares).to_markdown(index=False, disable_numparse=True)}\n"
    )


def write_simulation(shares: pd.DataFrame, out: Path) -> list[Path]:
    """Writes `simulation.csv` and `simulation.md` to `out` and returns their paths."""
    return write_files(out, {"simulation.csv": shares.to_csv(index=False), "simulation.md": simulation_page(shares)})
