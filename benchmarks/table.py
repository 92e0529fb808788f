"""Turns timings into medians and ratios."""

import pandas as pd

from benchmarks.cases import OTHERS, OURS, PARTS, PEAK

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
    *PARTS,
    "params",
    "device",
)


def summarize(timings: pd.DataFrame) -> pd.DataFrame:
    """One row per case and contestant.

    Args:
        timings: Rows of `clock.measure`. Ratios are to the first contestant of a case.

    Returns:
        `median`, `low` and `high` over the rounds, in the unit of the case; for a matrix product in multiply-adds per
        second. `ahead`: how many times as fast as this contestant the first one is, as the median of the ratios of
        rounds, since a disturbance of the machine slows both in one round. `share_of_peak`: the multiply-adds per
        second as a fraction of those of the matrix product in the same rounds, if one was timed. `cases.PARTS`: medians
        in seconds.

    Raises:
        ValueError: Contestants of a case have different numbers of parameters: not the same network.
    """
    return pd.DataFrame(
        [row for _, rows in timings.groupby("case", sort=False) for row in _case(rows)], columns=list(COLUMNS)
    )


def against_best(timings: pd.DataFrame) -> pd.DataFrame:
    """The fastest setting of ours against the fastest of all others, by case.

    Args:
        timings: As for `summarize`.

    Returns:
        One row per case that has both: `case`, `ours`, `other` (names of contestants), and `ahead`: how many times as
        fast ours is, as the median of the ratios of rounds.
    """
    rows = []
    for case, own in timings.groupby("case", sort=False):
        rates = _rates(own)
        best = [rates.filter(items=names).median().dropna() for names in (OURS, OTHERS)]
        if not any(one.empty for one in best):
            ours, other = (one.idxmax() for one in best)
            rows.append({"case": case, "ours": ours, "other": other, "ahead": (rates[ours] / rates[other]).median()})
    return pd.DataFrame(rows, columns=["case", "ours", "other", "ahead"])


def _case(timings: pd.DataFrame) -> list[dict]:
    name = timings["case"].iloc[0]
    params = timings[["contestant", "params"]].dropna().drop_duplicates()
    if params["params"].nunique() > 1:
        raise ValueError(f"{name}: not the same network: {dict(params.itertuples(index=False))}")
    names = list(dict.fromkeys(timings["contestant"]))
    rates = _rates(timings)
    networks = timings[~timings["contestant"].isin(PEAK)]
    first = networks["contestant"].iloc[0] if len(networks) else None
    # per image; all contestants have the same network, and those that count multiply-adds agree
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
                **{part: own[part].median() for part in PARTS if part in own},
                "params": own["params"].iloc[0],
                "device": own["device"].iloc[0],
            }
        )
    return rows


def _rates(timings: pd.DataFrame) -> pd.DataFrame:
    """Images per second by round and contestant; matrix products, whole epochs or programs per second."""
    whole = timings["unit"] == "s"
    done = (timings["steps"] * timings["images"].fillna(1)).where(~whole, 1)
    rates = timings.assign(rate=done / timings["seconds"])
    return rates.pivot(index="round", columns="contestant", values="rate")


def _macs(timings: pd.DataFrame, contestant: str) -> float:
    return timings.loc[timings["contestant"] == contestant, "macs"].iloc[0]
