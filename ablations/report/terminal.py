"""The tables of a study and of the ledger for a terminal of 80 columns: few columns, counts with three digits.

Numbers here are those of `summary` and `ledger`, which have every column and every digit.
"""

from collections.abc import Sequence
from statistics import fmean, stdev

import pandas as pd

from ablations.evidence.findings import Finding
from ablations.evidence.sections import Section
from ablations.report import claim_texts
from ablations.report import summary as page
from ablations.report.tables import summary_table
from ablations.study.decimals import plain
from inception_keras.cli.layout import short_count

# columns that a narrow terminal goes without, the last of them first
OPTIONAL = ("what differs", "in training", "trained out?", "detectable")


def summary(section: Section) -> pd.DataFrame:
    """One row per variant: costs, top-1 ± one standard deviation over the trials, by how much it is better or worse."""
    whole, exact = page.summary(section), summary_table([section])
    return pd.DataFrame(
        {
            "variant": whole["variant"],
            "what differs": whole["what differs"],
            "parameters": exact["params"].map(short_count),
            "multiply-adds": exact["macs"].map(short_count),
            "top-1 (%)": whole["top-1 (%)"].str.replace(r" \(n = \d+\)$", "", regex=True),
            "difference (points)": whole["difference (points)"],
            "trials": whole["trials"],
        }
    )


def comparisons(section: Section) -> pd.DataFrame:
    """One row per comparison in the primary metric; empty if that is no accuracy."""
    whole = page.comparisons(section)
    kept = ("comparison", "points [95% over seeds]", "in training", "p (Holm)", "detectable", "n")
    return whole if whole.empty else whole[list(kept)]


def others(section: Section) -> pd.DataFrame:
    """One row per test of another measure."""
    whole = page.others(section)
    corrected = [name for name in whole.columns if name == "p (Holm)" or not name.startswith(page.UNCORRECTED)]
    return whole[corrected]


def claims(found: Sequence[Finding]) -> pd.DataFrame:
    """One row per claim of the ledger."""
    return pd.DataFrame(
        {
            "study": one.study.name,
            "claim": one.claim.statement,
            "as claimed": claim_texts.effect_cell(one),
            "verdict": claim_texts.verdict_cell(one),
            "trained out?": claim_texts.trained_cell(one),
        }
        for one in found
    )


def parameters(counts: pd.DataFrame) -> pd.DataFrame:
    """One row per model and form, from `parameters_table`."""
    return pd.DataFrame(
        {
            "model": counts["model"],
            "form": counts["form"],
            "parameters": counts["params"].map(short_count),
            "head": counts["head_params"].map(short_count),
            "share": counts["head_share"].map("{:.1%}".format),
            "multiply-adds": counts["macs"].map(short_count),
        }
    )


def fully_connected(dense: pd.DataFrame) -> pd.DataFrame:
    """One row per layer and network, from `fully_connected_table`."""
    return pd.DataFrame(
        {
            "model": dense["model"],
            "part": dense["part"],
            "parameters": dense["params"].map(short_count),
            "share": dense["params_share"].map("{:.1%}".format),
            "multiply-adds": dense["macs"].map(short_count),
            "share ": dense["macs_share"].map("{:.1%}".format),
        }
    )


def mean_and_spread(values: Sequence[float]) -> str:
    """Mean ± one standard deviation, with the number of values.

    >>> mean_and_spread([80.0, 81.0])
    '80.50 ± 0.71 (n = 2)'
    """
    spread = f" ± {plain(stdev(values), '%')}" if len(values) > 1 else ""
    return f"{plain(fmean(values), '%')}{spread} (n = {len(values)})"
