"""The tables and the figure of a tuning: what every value reached on the validation split, and what was chosen."""

import statistics
from pathlib import Path

import pandas as pd

from ablations.files import write_files
from ablations.records.tuning import FOLDER, Choice
from ablations.report.figures.tuning import write_tuning_figure
from ablations.report.formats import to_markdown
from ablations.study import Study
from ablations.study.decimals import counted, plain


def tuning_table(choice: Choice) -> pd.DataFrame:
    """One row per value that was tried; validation top-1 in points over the seeds."""
    return pd.DataFrame(
        {
            "study": choice.study,
            "profile": choice.profile,
            "arm": point.arm,
            "setting": point.setting,
            "value": str(point.value),
            "epochs": choice.epochs,
            "n": len(point.scores),
            "validation_top1_mean": round(point.mean, 6),
            "validation_top1_sd": round(statistics.stdev(point.scores), 6) if len(point.scores) > 1 else None,
            "chosen": point.chosen,
            "edge": point.edge,
        }
        for point in choice.points
    )


def display(choice: Choice) -> pd.DataFrame:
    """The same as texts, for people."""
    return pd.DataFrame(
        {
            "arm": point.arm,
            "setting": point.setting,
            "value": str(point.value),
            "n": str(len(point.scores)),
            "validation top-1": plain(point.mean),
            "chosen": ("yes, at the edge" if point.edge else "yes") if point.chosen else "",
        }
        for point in choice.points
    )


def about(choice: Choice) -> str:
    """What the table means."""
    return (
        f"{counted(choice.epochs, 'epochs')} per trial, seeds from 1,000, on the validation split; the test split "
        "was not read. Settings were tuned one after another, in this order, each arm by itself. "
        f"Computed on {choice.hardware}."
    )


def tuning_page(choice: Choice) -> str:
    """The table as Markdown, with the warnings and where it was computed."""
    warnings = "".join(f"- Warning: {sentence}.\n" for sentence in choice.warnings)
    return "\n".join(
        [
            f"# {choice.study} ({choice.profile}): tuning",
            "",
            about(choice),
            "",
            to_markdown(display(choice)),
            *(["", warnings] if warnings else [""]),
        ]
    )


def write_tuning(choice: Choice, study: Study, folder: Path) -> list[Path]:
    """Writes tables and figure of a choice to `tuning` in the results folder of its study; returns the tables' paths.

    Args:
        choice: What was tried and chosen.
        study: The study, whose labels name the arms in the figure.
        folder: The results folder of the study.

    Raises:
        UserError: The folder can't be written.
    """
    texts = {"tuning.csv": tuning_table(choice).to_csv(index=False), "tuning.md": tuning_page(choice)}
    written = write_files(folder / FOLDER, texts)
    write_tuning_figure(choice, study, folder / FOLDER)
    return written
