"""The page: tables for people, and the machine that was timed."""

from collections.abc import Mapping

import pandas as pd

from benchmarks.cases import PARTS
from benchmarks.folder import Machine, Origin

LEAST_ROUNDS = 5
BUSY = 0.1  # fraction of the processors; if other work takes more, the page says so in bold


def busy(seconds: float = 2.0) -> float:
    """The fraction of the processors, 0 to 1, that other work uses while this program waits."""
    import psutil

    return psutil.cpu_percent(interval=seconds) / 100


def render(summary: pd.DataFrame, best: pd.DataFrame, machine: Machine, origins: Mapping[str, Origin]) -> str:
    """The page in Markdown.

    Args:
        summary: As `table.summarize` returns it.
        best: As `table.against_best` returns it.
        machine: The machine that was timed.
        origins: Where the rounds of each case come from; of a case that is left out, why.
    """
    timed = {case: origins[case] for case in summary["case"].unique()}
    parts = ["# Speed", "", *_method(summary, machine, timed), "", *_in_short(best)]
    for case, rows in summary.groupby("case", sort=False):
        parts += [f"## {case}", "", f"{origins[case].why}.", "", _table(rows), ""]
    notes = dict.fromkeys(note for origin in origins.values() for note in origin.notes)
    if notes:
        parts += ["## Left out", "", *(f"- {note}" for note in notes), ""]
    return "\n".join(parts)


def _in_short(best: pd.DataFrame) -> list[str]:
    """The lines on ours at its best against the best of the others, if any case has both."""
    if best.empty:
        return []
    shown = best.assign(ahead=best["ahead"].map(_times)).rename(
        columns={"ours": "the fastest of ours", "other": "the fastest of the others"}
    )
    lines = shown.to_markdown(index=False, colalign=("left", "left", "left", "right"), disable_numparse=True)
    return ["## The best of each", "", "One network at a time; the tables below have all settings.", "", lines, ""]


def _method(summary: pd.DataFrame, machine: Machine, origins: Mapping[str, Origin]) -> list[str]:
    rounds = summary["rounds"].min()
    lines = [
        "All contestants of a case in one run, in turn, each in a process of its own. Medians over rounds, with the "
        "lowest and the highest; *ahead* is how many times as fast as the contestant the first one of its table is, "
        "the median over rounds; *of peak* is the share of the multiply-adds a second that a large matrix product "
        "reaches, a training step counted as three forward passes.",
        "",
        *about(machine, origins),
    ]
    if rounds < LEAST_ROUNDS:
        lines.append(f"- **Fewer than {LEAST_ROUNDS} rounds: a look, not a measurement.**")
    return lines


def about(machine: Machine, origins: Mapping[str, Origin]) -> list[str]:
    """The machine and the commits in a list, with a warning if the machine was busy."""
    busiest = max(origin.busy for origin in origins.values())
    lines = [
        f"- Machine: {machine.hardware}",
        f"- Instructions of the processor: {machine.instructions or 'not recorded'}",
        f"- Versions: {machine.versions}",
        f"- Commit: {_commits(origins)}",
        f"- Other work before the run: {busiest:.0%} of the processors",
    ]
    if disturbed := [name for name, origin in origins.items() if origin.busy > BUSY]:
        which = "" if len(disturbed) == len(origins) else f" before {', '.join(disturbed)}"
        lines.append(f"- **The machine was busy with other work{which}: do not quote these numbers.**")
    return lines


def _commits(origins: Mapping[str, Origin]) -> str:
    """The commit, or if cases were timed at several, each with its cases."""
    cases: dict[str, list[str]] = {}
    for name, origin in origins.items():
        cases.setdefault(origin.commit or "not known", []).append(name)
    if len(cases) == 1:
        return next(iter(cases))
    return "; ".join(f"{commit} ({', '.join(names)})" for commit, names in cases.items())


def _table(rows: pd.DataFrame) -> str:
    shown = pd.DataFrame(
        {
            "contestant": rows["contestant"],
            "unit": rows["unit"],
            "median": rows["median"].map(_number),
            "low – high": [f"{_number(low)} – {_number(high)}" for low, high in zip(rows.low, rows.high, strict=True)],
            "ahead": rows["ahead"].map(lambda value: "" if pd.isna(value) else _times(value)),
            "of peak": rows["share_of_peak"].map(lambda value: "" if pd.isna(value) else f"{value:.0%}"),
            **{f"{part} (s)": rows[part].map(lambda value: "" if pd.isna(value) else _number(value)) for part in PARTS},
            "n": rows["rounds"],
            "device": rows["device"],
        }
    )
    empty = [name for name in shown if not shown[name].any()]
    aligned = ["left", "left", *["right"] * (len(shown.columns) - 3), "left"]
    aligned = [side for name, side in zip(shown, aligned, strict=True) if name not in empty]
    return shown.drop(columns=empty).to_markdown(index=False, colalign=aligned, disable_numparse=True)


def _times(value: float) -> str:
    return f"× {value:.2f}"


def _number(value: float) -> str:
    """The number with three significant digits, or from 100 to ten million as a whole number.

    >>> _number(48.34), _number(123456.0), _number(1.2345e11)
    ('48.3', '123,456', '1.23e+11')
    """
    if value >= 1e7:
        return f"{value:.3g}"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
