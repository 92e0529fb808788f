"""The figures by name: each is drawn from its plain numbers alone, and in two widths."""

from collections.abc import Callable

from matplotlib.figure import Figure

from ablations.report.figures.accuracy import draw_macs, draw_params
from ablations.report.figures.curves import draw_curves
from ablations.report.figures.ensembles import draw_ensembles
from ablations.report.figures.forest import draw_forest
from ablations.report.figures.parameters import draw_parameters
from ablations.report.figures.rungs import draw_rungs

DRAW: dict[str, Callable[..., Figure]] = {
    "forest": draw_forest,
    "params": draw_params,
    "macs": draw_macs,
    "curves": draw_curves,
    "rungs": draw_rungs,
    "ensembles": draw_ensembles,
    "parameters": draw_parameters,
}
