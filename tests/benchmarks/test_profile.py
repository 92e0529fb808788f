"""Where the time of a step goes, by kind of operation."""

import dataclasses
import re

import keras
import pytest

from benchmarks import profile
from benchmarks.cases import FORMS
from benchmarks.profile import Operation
from inception_keras import GoogLeNet
from tests.support.benchmarks import MACHINE, ORIGIN, TINY


def test_a_profile_sums_the_operations_of_a_step_by_kind():
    ran = [Operation("_MklNativeConv2D", 0.002), Operation("_FusedConv2D", 0.004), Operation("Softmax", 0.002)]
    found = profile.by_kind(iter(ran), steps=2)
    assert found.to_dict("list") == {
        "kind": ["convolution", profile.REST],
        "ms": [pytest.approx(3.0), pytest.approx(1.0)],
        "share": [0.75, 0.25],
        "operations": [1.0, 0.5],
    }
    text = profile.render("c", profile.cells(found), profile.pace(TINY, 0.25), MACHINE, ORIGIN)
    assert re.search(r"\| convolution +\| +3.0 \| +75% \| +1 \|", text)
    assert "takes 250 ms on one core: 16 images a second" in text and "a chair" in text


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the trace is TensorFlow's")
@pytest.mark.parametrize("form", FORMS)  # oneDNN has another operation for the gradient of weights beside a bias
def test_a_profile_of_a_network_has_its_convolutions(form, monkeypatch):
    case = dataclasses.replace(TINY, base={**TINY.base, "preset": form})
    monkeypatch.setattr(profile.Resources, "take", lambda self: None)  # would keep this process on one core
    found, seconds = profile.profile(case, steps=2)
    by_kind = found.set_index("kind")
    layers = len([layer for layer in GoogLeNet(**case.base).layers if isinstance(layer, keras.layers.Conv2D)])
    assert by_kind.loc["convolution: gradient of the weights", "operations"] == layers
    if form == "batchnorm":
        assert by_kind.loc["normalisation: gradient", "operations"] == layers
    assert found["share"].sum() == pytest.approx(1)
    assert 0 < found["ms"].sum() / 1000 < 20 * seconds
