"""Marks and texts of every figure: at their values, inside the canvas, told apart."""

import textwrap
from itertools import pairwise

import numpy as np
import pytest
from matplotlib import style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.lines import Line2D

from ablations.report.figures.drawing import DRAW
from ablations.report.figures.labels import apart
from ablations.report.figures.look import LOOK, MARKERS, NARROW, WIDTH, look, with_n


def rows_of(count):
    """So many variants with nearly the same cost."""
    return [
        {
            **{"variant": f"v{n}", "label": f"a_long_name_{n}", "place": n, "head": None, "n": 8, "epochs": [1, 2]},
            **{"count": 372_578 + 10 * (n % 7), "mean": 50 + n / 10, "ends": [49 + n / 10, 51 + n / 10]},
            "training": [{"mean": 40.0 + n / 10, "ends": None}, {"mean": 50 + n / 10, "ends": None}],
            "validation": [{"mean": 0.0, "ends": [-3.0, 9.0]}, {"mean": 100 - n / 10, "ends": [99.0, 104.0]}],
        }
        for n in range(count)
    ]


def numbers_of(stem, count):
    """Numbers with long names, and values at the ends of what is possible."""
    numbers = {"study": "a_study", "section": "full, locked as 1f88d23e2664", "dataset": "digits", "epochs": 2}
    numbers |= {"title": "Average pooling better by 12.89 points after 6 epochs: not judged", "rows": rows_of(count)}
    row = {"second": "a hidden layer of 1,024", "n": 8, "images": None, "claimed": True, "effect": 0.6}
    row |= {"budget": 12, "seeds": [-21.5, 22.5], "first": "average pooling on a wider trunk"}
    if stem in ("forest", "rungs"):
        numbers |= {"metric": "top1_or_chance", "margin": 0.3, "effect": 0.6, "claim": "Average pooling is better"}
        numbers["rows"] = [{**row, "margin": 0.3, "difference": n / 10} for n in range(count)]
    if stem == "ensembles":
        row = {"ends": [46.0, 47.0], "mean": 46.5, "crops": 144}
        numbers |= {"metric": "top-1", "rows": [{**row, "models": n, "paper": 6.67 + n} for n in range(count)]}
    if stem == "parameters":
        parts = {"convolutions": 6_000_000, "fc1": 210_000_000, "fc2": 20_000_000, "classifier": 4_000_000}
        numbers["rows"] = [{"label": "GoogLeNet, with VGG's head", "parts": parts}] * count
    return numbers


FIGURES = [
    (stem, count, width)
    for stem in DRAW
    for count in ((6,) if stem == "parameters" else (2, 9))
    for width in (WIDTH, NARROW)
]


@pytest.fixture(scope="module", params=FIGURES, ids=lambda one: "-".join(map(str, one)))
def figure(request):
    """Name, numbers, and the drawing."""
    stem, count, width = request.param
    numbers = numbers_of(stem, count)
    with style.context(["default", LOOK]):
        yield stem, numbers, DRAW[stem](numbers, width=width)


def test_no_text_and_no_mark_is_cut_off(figure):
    _, _, drawn = figure
    box = drawn.get_tightbbox(FigureCanvasAgg(drawn).get_renderer())
    width, height = drawn.get_size_inches()
    assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height


def test_markers_are_at_their_values_inside_the_plot(figure):
    stem, numbers, drawn = figure
    rows = numbers["rows"]
    expected = {
        "forest": lambda: [[row["difference"], place] for place, row in enumerate(rows)],
        "rungs": lambda: [[place, row["difference"]] for place, row in enumerate(rows)],
        "curves": lambda: [
            [epoch, row[split][epoch - 1]["mean"]]
            for row in rows
            for split in ("training", "validation")
            for epoch in (1, 2)
        ],
        "ensembles": lambda: [
            [value, place] for values in ("mean", "paper") for place, value in enumerate(row[values] for row in rows)
        ],
        "parameters": list,
    }.get(stem, lambda: [[row["count"], row["mean"]] for row in rows])()
    marks = [(axes, line) for axes in drawn.axes for line in axes.lines if line.get_marker() in MARKERS]
    points = [(axes, point) for axes, line in marks for point in line.get_xydata().tolist()]
    np.testing.assert_allclose([point for _, point in points] or np.empty(0), expected or np.empty(0))
    for axes, point in points:
        assert axes.bbox.contains(*axes.transData.transform(point))


@pytest.mark.parametrize("stem", ["forest", "rungs"])
def test_an_interval_shorter_than_its_marker_is_seen(stem):
    """Its bar is so thick that it comes out from under the marker across."""
    (axes,) = DRAW[stem](numbers_of(stem, 2)).axes
    marker = max(line.get_markersize() + line.get_markeredgewidth() for line in axes.lines if line.get_marker() == "o")
    assert sorted(line.get_linewidth() for line in axes.lines)[-2:] == [6, 6] and marker < 5


def test_rungs_say_which_arms_differ_in_which_measure_and_what_is_claimed():
    numbers = numbers_of("rungs", 2) | {"metric": "shift_4"}
    for row in numbers["rows"]:
        row |= {"first": "average pooling", "second": "the flattened map"}
    drawn = DRAW["rungs"](numbers)
    label = " ".join(drawn.axes[0].get_ylabel().split())
    assert label == "difference in change of top-1 by a shift of 4 pixels (points)"
    caption = " ".join(text.get_text() for text in drawn.texts).replace("\n", " ")
    assert "Above 0, average pooling would be losing less than the flattened map, as claimed." in caption
    assert "The claim: Average pooling is better." in caption


def test_a_row_has_the_band_of_its_own_margin():
    numbers = numbers_of("forest", 3)
    for row, margin in zip(numbers["rows"], (0.3, 1.0, None), strict=True):
        row["margin"] = margin
    drawn = DRAW["forest"](numbers)
    bands = [(band.get_y() + band.get_height() / 2, band.get_x(), band.get_width()) for band in drawn.axes[0].patches]
    np.testing.assert_allclose(bands, [(0, -0.3, 0.6), (1, -1.0, 2.0)])
    keys = [text.get_text() for text in drawn.legends[0].get_texts()]
    assert "counts as equal: within 0.3 or 1 point" in keys


@pytest.mark.parametrize("width", [WIDTH, NARROW])
def test_long_labels_of_rows_do_not_touch(width):
    numbers = numbers_of("forest", 3)
    for row in numbers["rows"]:
        row |= {"first": "maximum pooling on the flattened map's trunk", "second": "average pooling on its own trunk"}
    drawn = DRAW["forest"](numbers, width=width)
    renderer = FigureCanvasAgg(drawn).get_renderer()
    (axes,) = drawn.axes
    labels = axes.get_yticklabels() if width == WIDTH else axes.texts
    boxes = [label.get_window_extent(renderer) for label in labels]
    assert all(above.y0 > below.y1 for above, below in pairwise(boxes))
    assert drawn.get_tightbbox(renderer).y1 <= drawn.get_size_inches()[1]


@pytest.mark.parametrize(("count", "plots"), [(6, 1), (7, 7)])
def test_more_than_six_curves_are_drawn_in_plots_of_their_own(count, plots):
    drawn = DRAW["curves"](numbers_of("curves", count))
    assert len(drawn.axes) == plots
    names = {text.get_text() for axes in drawn.axes for text in (*axes.texts, axes._left_title)}
    assert {f"a_long_name_{n} (n\xa0=\xa08)" for n in range(count)} <= names, "named beside the curve or over it"


def test_a_name_beside_a_curve_has_its_mark_and_long_names_keep_apart():
    """Variants with the same head have the same colour."""
    numbers = numbers_of("curves", 6)
    for row in numbers["rows"]:
        row |= {"label": "average pooling on the flattened map's trunk", "head": "gap"}
    with style.context(["default", LOOK]):
        drawn = DRAW["curves"](numbers)
    marks = [artist for artist in drawn.artists if isinstance(artist, Line2D)]
    assert [mark.get_marker() for mark in marks] == [look(row)["marker"] for row in numbers["rows"]]
    renderer = FigureCanvasAgg(drawn).get_renderer()
    drawn.draw(renderer)
    boxes = sorted((text.get_window_extent(renderer) for text in drawn.axes[0].texts), key=lambda box: box.y0)
    assert all(below.y1 < above.y0 for below, above in pairwise(boxes))
    box, (width, height) = drawn.get_tightbbox(renderer), drawn.get_size_inches()
    assert box.x1 <= width and box.y1 <= height and box.y0 >= 0


def test_numbers_under_a_forest_do_not_touch():
    numbers = numbers_of("forest", 1)
    numbers["rows"][0] |= {"difference": -12.8, "seeds": [-14.3, -11.3]}
    with style.context(["default", LOOK]):
        drawn = DRAW["forest"](numbers)
    renderer = FigureCanvasAgg(drawn).get_renderer()
    boxes = [label.get_window_extent(renderer) for label in drawn.axes[0].get_xticklabels()]
    assert len(boxes) > 2 and all(one.x1 + 3 < other.x0 for one, other in pairwise(boxes))


def test_a_long_training_has_few_marks():
    numbers = numbers_of("curves", 1)
    (row,) = numbers["rows"]
    row |= {"epochs": list(range(1, 193)), "training": row["training"] * 96, "validation": row["validation"] * 96}
    (axes,) = DRAW["curves"](numbers).axes
    assert max(len(line.get_xdata()[:: line.get_markevery() or 1]) for line in axes.lines if line.get_markevery()) == 16


def test_every_variant_looks_different():
    for head in (None, "fc"):
        looks = [look({"place": place, "head": head}) for place in range(121 if head is None else 18)]
        assert len({tuple(sorted(one.items())) for one in looks}) == len(looks)


def test_a_label_with_its_n_is_never_parted():
    assert textwrap.wrap(with_n("a_name", 8), 12) == ["a_name", "(n\xa0=\xa08)"]


def test_places_keep_apart_and_in_order():
    places = [5.0, 1.0, 5.5, 4.0, 30.0, 4.2]
    moved = apart(places, 2.0)
    assert np.diff(sorted(moved)).min() >= 2 - 1e-9 and np.argsort(moved).tolist() == np.argsort(places).tolist()
    assert moved[4] == 30
