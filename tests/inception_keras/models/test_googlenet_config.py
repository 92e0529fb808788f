"""The toggles: defaults, presets, what is refused and how."""

import dataclasses

import pytest

from inception_keras import GoogLeNetConfig, UserError
from inception_keras.models.googlenet_config import ALLOWED, PRESETS, configure


def test_the_default_is_the_paper():
    config = GoogLeNetConfig()
    assert config == GoogLeNetConfig(preset="paper")
    assert (config.head, config.reduce, config.pool_projection, config.aux_heads) == ("gap", True, True, False)
    assert (config.normalization, config.dropout, config.aux_dropout) == ("lrn", 0.4, 0.7)
    assert config.fc_units == (1024,)


def test_a_configuration_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        GoogLeNetConfig().head = "fc"


def test_presets_carry_the_small_deviations_of_their_source():
    torchvision, slim = GoogLeNetConfig(preset="torchvision"), GoogLeNetConfig(preset="slim")
    assert (torchvision.branch5, torchvision.pool4, torchvision.dropout) == ("3x3", "2x2", 0.2)
    assert torchvision.aux_pool == "adaptive"
    assert not slim.batch_scale, "slim's batch normalisation has no gamma"
    assert slim.stem_padding == "same"


def test_a_keyword_overrides_its_preset_and_nothing_else():
    changed = GoogLeNetConfig(preset="torchvision", dropout=0.5)
    assert changed.diff(GoogLeNetConfig(preset="torchvision")) == {"dropout": (0.5, 0.2)}


def test_two_ways_to_the_same_network_are_equal():
    assert GoogLeNetConfig(normalization="batch") == GoogLeNetConfig(preset="batchnorm")


def test_lists_become_tuples_and_branches_have_the_tables_order():
    config = GoogLeNetConfig(fc_units=[64, 32], branches=["pool", "1x1"])
    assert config.fc_units == (64, 32)
    assert config.branches == ("1x1", "pool")


def test_every_preset_sets_every_toggle():
    names = {f.name for f in dataclasses.fields(GoogLeNetConfig)} - {"preset"}
    for preset, toggles in PRESETS.items():
        assert set(toggles) == names, preset


@pytest.mark.parametrize("toggle", sorted(ALLOWED))
def test_a_value_that_is_not_allowed_names_those_that_are(toggle):
    with pytest.raises(UserError) as error:
        configure(**{toggle: "nonsense"})
    for value in ALLOWED[toggle]:
        assert repr(value) in str(error.value)


@pytest.mark.parametrize(
    ("toggles", "words"),
    [
        ({"heads": "fc"}, "did you mean 'head'"),
        ({"head": "gpa"}, "did you mean 'gap'"),
        ({"reduce": 1}, "allowed are True, False"),  # 1 == True, but is not accepted as a switch
        ({"stem_stride": True}, "allowed are 1, 2"),
        ({"width": 0}, "width must be a number above 0"),
        ({"width": -1.0}, "width"),
        ({"width": "half"}, "width"),
        ({"width": float("nan")}, "width"),
        ({"dropout": 1.0}, "dropout must be a number from 0 to under 1"),
        ({"aux_dropout": -0.1}, "aux_dropout"),
        ({"fc_units": (0,)}, "fc_units"),
        ({"fc_units": "many"}, "fc_units"),
        ({"branches": ()}, "branches"),
        ({"branches": ("1x1", "1x1")}, "each once"),
        ({"branches": ("7x7",)}, "unknown branch"),
        ({"whitening": True}, "whitening=True needs stem='small'"),
        ({"stem_stride": 2}, "stem_stride=2 needs stem='small': 'imagenet' has its own strides"),
        ({"stem_stride": "pool", "stem": "separable"}, "stem_stride='pool' needs stem='small'"),
        ({"channel_multiple": 0}, "channel_multiple must be a whole number from 1"),
        ({"channel_multiple": 8.0}, "channel_multiple"),
        ({"logit_scale": 0}, "logit_scale"),
        ({"fc_normalization": "layer"}, "allowed are"),
    ],
)
def test_a_mistake_gets_one_clear_line(toggles, words):
    with pytest.raises(UserError) as error:
        configure(**toggles)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_width_rounds_half_up_and_leaves_a_channel():
    assert GoogLeNetConfig(width=0.25).scale(208) == 52
    assert GoogLeNetConfig(width=0.5).scale(1) == 1, "0.5 channels"
    assert GoogLeNetConfig(width=0.01).scale(16) == 1
