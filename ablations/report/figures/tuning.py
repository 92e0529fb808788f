"""The figure of a tuning: validation top-1 of every value that was tried, one plot per setting, one line per arm."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ablations.records.tuning import Choice, Point
from ablations.report.figures.files import write_drawing
from ablations.report.figures.frame import frame, padded, percent
from ablations.report.figures.look import COLOURS, GREY, INCH, MARKERS, WIDTH
from ablations.study import Study
from ablations.study.decimals import counted, plain

PANEL, BETWEEN = 1.9, 0.6  # inches: the height of the plot of one setting, and the room between two
COLLAPSED = (
    0.5  # of the best score: a point with less is an arrow at the edge, since it would press all others together
)


def tuning_numbers(choice: Choice, study: Study) -> dict:
    """What the figure shows, as JSON values; the arms have their labels in the study."""
    labels = {arm.name: arm.label for arm in study.arms}
    settings: dict[str, list[Point]] = {}
    for point in choice.points:
        settings.setdefault(point.setting, []).append(point)
    return {
        "study": choice.study,
        "profile": choice.profile,
        "dataset": study.dataset,
        "epochs": choice.epochs,
        "seeds": sorted({len(point.scores) for point in choice.points}),
        "arms": list(dict.fromkeys(labels.get(point.arm, point.arm) for point in choice.points)),
        "settings": [
            {"name": name, "points": [_numbers(point, labels.get(point.arm, point.arm)) for point in _ordered(own)]}
            for name, own in settings.items()
        ],
    }


def _ordered(points: list[Point]) -> list[Point]:
    """The points by value where all values are numbers: those beyond the grid's edge were tried last."""
    if all(isinstance(point.value, (int, float)) for point in points):
        return sorted(points, key=lambda point: float(str(point.value)))
    return points


def write_tuning_figure(choice: Choice, study: Study, folder: Path) -> list[Path]:
    """Writes the figure `tuning` to `folder` and returns its paths."""
    return write_drawing(folder, "tuning", tuning_numbers(choice, study), _draw)


def _numbers(point: Point, label: str) -> dict:
    own = {"arm": label, "value": str(point.value), "mean": point.mean, "chosen": point.chosen}
    return own | {"least": min(point.scores), "most": max(point.scores)}


def _draw(numbers: dict) -> Figure:
    settings, arms = numbers["settings"], numbers["arms"]
    title = f"Tuning of {numbers['study']} ({numbers['profile']}): {counted(numbers['epochs'], 'epochs')} per trial"
    keys: list[Artist] = [Line2D([], [], **_look(place), label=arm) for place, arm in enumerate(arms)]
    keys.append(Line2D([], [], ls="", marker="o", ms=10, mfc="none", mec=GREY, label="chosen"))
    panels = len(settings), 1
    figure, plots = frame(title, _caption(numbers), keys, WIDTH, body=PANEL, panels=panels, between=(BETWEEN, 0.0))
    for axes, setting in zip(plots, settings, strict=True):
        values = list(dict.fromkeys(point["value"] for point in setting["points"]))
        axes.set_ylim(*_limits(setting["points"]))
        for place, arm in enumerate(arms):
            _draw_arm(axes, place, [one for one in setting["points"] if one["arm"] == arm], values)
        axes.set_xticks(range(len(values)), values)
        axes.set_xlabel(setting["name"])
        axes.set_ylabel("validation top-1 (%)")
    return figure


def _caption(numbers: dict) -> str:
    seeds = " or ".join(map(str, numbers["seeds"]))
    points = "one seed each" if seeds == "1" else f"mean over {seeds} seeds; bars: from the lowest to the highest"
    low = [point for setting in numbers["settings"] for point in _collapsed(setting["points"])]
    arrows = " Arrows: values far below the axis, with what they reached." if low else ""
    return f"{numbers['dataset']}. Points: {points}. The test split was not read.{arrows}"


def _collapsed(points: Sequence[dict]) -> list[dict]:
    best = max(point["mean"] for point in points)
    return [point for point in points if point["mean"] < COLLAPSED * best]


def _limits(points: Sequence[dict]) -> tuple[float, float]:
    low = _collapsed(points)
    ends = [point[end] for point in points if point not in low for end in ("least", "most")]
    return percent(padded(ends, 0.12))


def _draw_arm(axes: Axes, place: int, points: list[dict], values: list[str]):
    """The line of an arm: means, the range over the seeds, and a ring around the chosen value."""
    look, bottom = _look(place), axes.get_ylim()[0]
    where = [values.index(point["value"]) for point in points]
    axes.plot(where, [point["mean"] for point in points], **look)
    for at, point in zip(where, points, strict=True):
        axes.plot([at, at], [point["least"], point["most"]], color=look["color"], lw=0.8)
        if point["chosen"]:
            axes.plot(at, point["mean"], ls="", marker="o", ms=10, mfc="none", mec=look["color"])
        if point["mean"] < bottom:
            down = {"arrowstyle": "-|>", "color": look["color"], "lw": 1}
            axes.annotate("", (at, bottom), (0, INCH / 5), textcoords="offset points", arrowprops=down)
            axes.annotate(plain(point["mean"]), (at, bottom), (5, 3), textcoords="offset points", color=look["color"])


def _look(place: int) -> dict:
    return {"color": COLOURS[place % len(COLOURS)], "marker": MARKERS[place % len(MARKERS)], "ms": 4}
