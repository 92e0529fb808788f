"""Timings in, medians and ratios out."""

import pandas as pd

from benchmarks.cases import PEAK

COLUMNS = (
    "case",
    "contestant",
    "unit",
    "rounds",
    "median",
    "low",
    "high",
    "ahead",
    "share_of_peak",
    "params",
    "device",
)


def summarize(timings: pd.DataFrame) -> pd.DataFrame:
    """A row a case and contestant.

    Args:
        timings: Rows of `clock.measure`. The first contestant of a case is the one that ratios are to.

    Returns:
        `median`, `low` and `high` in the unit of the case, over the rounds; of a matrix product in multiply-adds a
        second. `ahead`: how many times as fast as this contestant the first one is, the median of the ratios of rounds,
        since what disturbs the machine for a while disturbs both. `share_of_peak`: of the multiply-adds that a matrix
        product reaches, in the same rounds, where one was timed.

    Raises:
        ValueError: Two contestants of a case have different numbers of parameters: not the same network.
    """
    return pd.DataFrame(
        [row for _, rows in timings.groupby("case", sort=False) for row in _case(rows)], columns=list(COLUMNS)
    )


def _case(timings: pd.DataFrame) -> list[dict]:
    name = timings["case"].iloc[0]
    params = timings[["contestant", "params"]].dropna().drop_duplicates()
    if params["params"].nunique() > 1:
        raise ValueError(f"{name}: not the same network: {dict(params.itertuples(index=False))}")
    names = list(dict.fromkeys(timings["contestant"]))
    rates = _rates(timings)
    networks = timings[~timings["contestant"].isin(PEAK)]
    first = networks["contestant"].iloc[0] if len(networks) else None
    # of an image; the first one counts for all: it is the same network
    macs = (networks["macs"] / networks["images"]).max()
    peak = max((rates[one].median() * _macs(timings, one) for one in names if one in PEAK), default=float("nan"))
    rows = []
    for contestant in names:
        own, is_peak = timings[timings["contestant"] == contestant], contestant in PEAK
        values = rates[contestant].dropna()
        work = _macs(timings, contestant) if is_peak else macs
        shown = values * work if is_peak else 1 / values if own["unit"].iloc[0] == "s" else values
        rows.append(
            {
                "case": name,
                "contestant": contestant,
                "unit": "multiply-adds/s" if is_peak else own["unit"].iloc[0],
                "rounds": len(values),
                "median": shown.median(),
                "low": shown.min(),
                "high": shown.max(),
                "ahead": None if is_peak else (rates[first] / rates[contestant]).median(),
                "share_of_peak": values.median() * work / peak,
                "params": own["params"].iloc[0],
                "device": own["device"].iloc[0],
            }
        )
    return rows


def _rates(timings: pd.DataFrame) -> pd.DataFrame:
    """Images a second by round and contestant; products of the peak, and whole epochs and programs, a second."""
    whole = timings["unit"] == "s"
    done = (timings["steps"] * timings["images"].fillna(1)).where(~whole, 1)
    rates = timings.assign(rate=done / timings["seconds"])
    return rates.pivot(index="round", columns="contestant", values="rate")


def _macs(timings: pd.DataFrame, contestant: str) -> float:
    return timings.loc[timings["contestant"] == contestant, "macs"].iloc[0]
