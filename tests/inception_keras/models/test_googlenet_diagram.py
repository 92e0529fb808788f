"""The drawing of GoogLeNet: made from the network, with its switches, and nothing outside the canvas."""

import re
from functools import cache
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
    _, _, width, height = map(float, root.get("viewBox").split())
    for text in root.iter(f"{SVG}text"):
        x, y, long = float(text.get("x")), float(text.get("y")), 6.7 * len(text.text)
        left = x if text.get("text-anchor") == "start" else x - long / 2
        assert left >= 0 and left + long <= width and 0 < y < height, text.text


def test_the_command_writes_it(tmp_path):
    answer = CliRunner().invoke(app, ["draw", "--to", str(tmp_path / "g.svg")])
    assert answer.exit_code == 0 and (tmp_path / "g.svg").read_text() == drawn()
    with pytest.raises(UserError, match="name a file that ends in .svg"):
        CliRunner().invoke(app, ["draw", "--to", "g.png"], catch_exceptions=False)
