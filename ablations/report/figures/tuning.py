"""The figure of a tuning: validation top-1 of every value that was tried, one plot per setting, one line per arm."""

from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ablations.records.tuning import Choice, Point
from ablations.report.figures.files import write_drawing
from ablations.report.figures.look import COLOURS, GREY, MARKERS, TEXT, WIDTH
from ablations.study.decimals import counted

PANEL = 1.9  # inches, the height of the plot of one setting


def tuning_numbers(choice: Choice) -> dict:
    """What the figure shows, as JSON values."""
    settings: dict[str, list[Point]] = {}
    for point in choice.points:
        settings.setdefault(point.setting, []).append(point)
    return {
        "study": choice.study,
        "profile": choice.profile,
        "epochs": choice.epochs,
        "arms": list(dict.fromkeys(point.arm for point in choice.points)),
        "settings": [{"name": name, "points": _ordered(own)} for name, own in settings.items()],
    }


def _ordered(points: list[Point]) -> list[dict]:
    """The points as numbers, by value where all values are numbers: those beyond the grid's edge were tried last."""
    if all(isinstance(point.value, (int, float)) for point in points):
        points = sorted(points, key=lambda point: float(str(point.value)))
    return [_numbers(point) for point in points]


def write_tuning_figure(choice: Choice, folder: Path) -> list[Path]:
    """Writes the figure `tuning` to `folder` and returns its paths."""
    return write_drawing(folder, "tuning", tuning_numbers(choice), _draw)


def _numbers(point: Point) -> dict:
    own = {"arm": point.arm, "value": str(point.value), "mean": point.mean, "chosen": point.chosen}
    return own | {"least": min(point.scores), "most": max(point.scores)}


def _draw(numbers: dict) -> Figure:
    settings, arms = numbers["settings"], numbers["arms"]
    height = 0.9 + (PANEL + 0.6) * len(settings) + 0.18 * len(arms)
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    title = f"Tuning of {numbers['study']} ({numbers['profile']}): {counted(numbers['epochs'], 'epochs')} per trial"
    figure.suptitle(title, size=TEXT + 2, weight="bold", x=0.02, ha="left")
    plots = figure.subplots(len(settings), 1, squeeze=False)[:, 0]
    for axes, setting in zip(plots, settings, strict=True):
        values = list(dict.fromkeys(point["value"] for point in setting["points"]))
        for place, arm in enumerate(arms):
            _draw_arm(axes, place, [one for one in setting["points"] if one["arm"] == arm], values)
        axes.set_xticks(range(len(values)), values)
        axes.set_xlabel(setting["name"])
        axes.set_ylabel("validation top-1 (%)")
    keys = [Line2D([], [], **_look(place), label=arm) for place, arm in enumerate(arms)]
    keys.append(Line2D([], [], ls="", marker="o", ms=10, mfc="none", mec=GREY, label="chosen"))
    figure.legend(handles=keys, loc="outside lower left")
    return figure


def _draw_arm(axes, place: int, points: list[dict], values: list[str]):
    """The line of an arm: means, the range over the seeds, and a ring around the chosen value."""
    look, where = _look(place), [values.index(point["value"]) for point in points]
    axes.plot(where, [point["mean"] for point in points], **look)
    for at, point in zip(where, points, strict=True):
        axes.plot([at, at], [point["least"], point["most"]], color=look["color"], lw=0.8)
        if point["chosen"]:
            axes.plot(at, point["mean"], ls="", marker="o", ms=10, mfc="none", mec=look["color"])


def _look(place: int) -> dict:
    return {"color": COLOURS[place % len(COLOURS)], "marker": MARKERS[place % len(MARKERS)], "ms": 4}
