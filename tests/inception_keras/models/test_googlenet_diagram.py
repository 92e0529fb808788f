"""The drawing of GoogLeNet: made from the network, with its switches, and nothing outside the canvas."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import combinations, pairwise, product
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from inception_keras import GoogLeNetConfig, UserError
from inception_keras.cli.app import app
from inception_keras.models.googlenet_diagram import googlenet_diagram
from tests.support.paths import ROOT

pytestmark = pytest.mark.counts
SVG = "{http://www.w3.org/2000/svg}"


@cache
def drawn() -> str:
    return googlenet_diagram()


def test_the_committed_drawing_is_of_the_network_as_it_is():
    assert (ROOT / "docs" / "googlenet.svg").read_text() == drawn(), (
        "type: python -m inception_keras draw --to docs/googlenet.svg"
    )


def test_it_shows_the_modules_and_the_switches_with_their_defaults():
    texts = re.findall(r"<text[^>]*>(.*?)</text>", drawn())
    assert texts[texts.index("3a") :][:2] == ["3a", "256"] and "aux_4d" in texts and "1,000" in texts
    switches = {text.partition("=")[0]: text.partition("=")[2] for text in texts if "=" in text}
    assert {"reduce", "pool_projection", "branches", "aux_heads", "head", "normalization", "stem"} <= switches.keys()
    assert switches["reduce"] == str(GoogLeNetConfig().reduce)


def test_no_text_is_outside_the_canvas():
    root = ElementTree.fromstring(drawn())
    width, height = canvas(root)
    for text in root.iter(f"{SVG}text"):
        x, y, long = float(text.get("x")), float(text.get("y")), 6.7 * len(text.text)
        left = x if text.get("text-anchor") == "start" else x - long / 2
        assert left >= 0 and left + long <= width and 0 < y < height, text.text


def test_no_box_lies_on_another_and_no_line_crosses_a_tag():
    root = ElementTree.fromstring(drawn())
    frames = [frame(rect) for rect in root.iter(f"{SVG}rect") if float(rect.get("width")) < canvas(root)[0]]
    assert len(frames) == 36
    for one, two in combinations(frames, 2):
        assert not overlap(one, two), (one, two)
    tags = [frame(rect) for rect in root.iter(f"{SVG}rect") if rect.get("rx") == "9"]
    lines = list(segments(root))
    assert len(tags) == 11 and len(lines) > 30
    for tag, line in product(tags, lines):
        assert not overlap(tag, line), (tag, line)


def test_each_arrow_begins_and_ends_at_a_box():
    root = ElementTree.fromstring(drawn())
    boxes = [frame(rect) for rect in root.iter(f"{SVG}rect") if rect.get("rx") == "5"]
    for points in paths(root):
        for x, y in (points[0], points[-1]):
            assert any(left <= x <= right and top <= y <= low for left, top, right, low in boxes), (x, y)


def canvas(root) -> tuple[float, float]:
    _, _, width, height = map(float, root.get("viewBox").split())
    return width, height


def frame(rect) -> tuple[float, float, float, float]:
    """Left, top, right and lower side."""
    x, y, width, height = (float(rect.get(name)) for name in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def paths(root) -> Iterator[list[tuple[float, float]]]:
    """The corners of each line."""
    for line in root.iter(f"{SVG}line"):
        yield [(float(line.get("x1")), float(line.get("y1"))), (float(line.get("x2")), float(line.get("y2")))]
    for line in root.iter(f"{SVG}polyline"):
        yield [tuple(map(float, point.split(","))) for point in line.get("points").split()]


def segments(root) -> Iterator[tuple[float, float, float, float]]:
    for points in paths(root):
        for (x1, y1), (x2, y2) in pairwise(points):
            yield min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def overlap(one, two) -> bool:
    return one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]


def test_the_command_writes_it(tmp_path):
    answer = CliRunner().invoke(app, ["draw", "--to", str(tmp_path / "g.svg")])
    assert answer.exit_code == 0 and (tmp_path / "g.svg").read_text() == drawn()
    with pytest.raises(UserError, match="name a file that ends in .svg"):
        CliRunner().invoke(app, ["draw", "--to", "g.png"], catch_exceptions=False)
