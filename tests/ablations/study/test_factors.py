"""Factors and designs stand for variants, and start from what the study has."""

import pytest

from ablations.study import Factor
from ablations.study.variants import DESIGNS
from inception_keras import UserError
from tests.support.studies import study


def test_factors_and_a_design_stand_for_variants():
    made = study(variants=(), factors=(Factor("head", "gap", ("fc",)),))
    assert [arm.name for arm in made.arms] == ["baseline", "head_fc"]


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (
            Factor("width", 1.0, (0.25,)),
            "the baseline 1.0, and the study has width=0.5: write Factor('width'",
        ),
        (Factor("width", 1.0, (0.5,)), "the study has width=0.5"),
        (Factor("width", None, (0.25,)), "or give the study the other value with base={'width': ...}"),
        (Factor("head", "gpa", ("fc",)), "the study has head='gap': write Factor('head', 'gap', ...)"),
        (Factor("preset", "batchnorm", ("slim",)), "the study has preset='paper'"),
        (Factor("model", "vgg16", ("alexnet",)), "the study has model='googlenet'"),
        (Factor("label_smoothing", 0.1, (0.2,)), "the study has label_smoothing=0.0"),
        (Factor("crop_pixels", 2, (4,)), "and the study has crop_pixels=None"),
        (Factor("augmentation", "flip", (("crop",),)), "the study has augmentation=('crop', 'flip')"),
        (
            Factor("average_decay", 0.9, (0.8,)),
            "the other value with recipe=Recipe(average_decay=...)",
        ),
    ],
    ids=lambda value: value.toggle if isinstance(value, Factor) else "",
)
def test_a_factor_starts_from_what_the_study_has(design, factor, words):
    """Arms are named after it: `width 0.25 instead of 1.0` where the baseline has 0.5 would be a false sentence."""
    with pytest.raises(UserError) as error:
        study(variants=(), factors=(factor,), design=design)
    assert words in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    "factor",
    [
        Factor("width", 0.5, (0.25,)),
        Factor("head", "gap", ("fc",)),
        Factor("head", None, ("fc",)),
        Factor("fc_units", [1024], ((64,),)),
        Factor("preset", "paper", ("batchnorm",)),
        Factor("augmentation", ["crop", "flip"], (("crop",),)),
        Factor("learning_rate", 0.4, (0.1,)),
    ],
    ids=lambda factor: factor.toggle,
)
def test_a_factor_may_write_the_value_of_the_study_in_its_own_way(factor):
    base = {"width": 0.5, "head": "fc"} if factor.toggle == "fc_units" else {"width": 0.5}
    assert len(study(base=base, variants=(), factors=(factor,)).arms) == 2


def test_a_setting_that_takes_a_factor_from_its_baseline_is_refused():
    made = study(variants=(), factors=(Factor("dropout", 0.4, (0.0,)),))
    with pytest.raises(UserError, match="has the baseline 0.4, and the study has dropout=0.2"):
        made.change({"dropout": 0.2})
