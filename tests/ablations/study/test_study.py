"""What a study is, and which ones are refused."""

import dataclasses
import pickle
import sys
from pathlib import Path
from types import MappingProxyType

import pytest

from ablations import studies
from ablations.data import augmentation
from ablations.study import Claim, Factor, Guards, Recipe, Reduced, Variant, address
from ablations.study.recipe import AUGMENTATIONS
from inception_keras import UserError
from tests.support.studies import FC, GAP, study


def test_a_trial_for_each_variant_and_seed_seeds_in_a_row():
    assert [(t.variant.name, t.seed) for t in study(seeds=2).trials()] == [("gap", 0), ("gap", 1), ("fc", 0), ("fc", 1)]


def test_toggles_are_whole_networks():
    toggles = study().toggles(FC)
    assert (toggles["model"], toggles["head"], toggles["width"], toggles["reduce"]) == ("googlenet", "fc", 0.5, True)


def test_a_variant_may_be_another_model():
    vgg = Variant("vgg", {"model": "vgg16"})
    toggles = study(base={}, variants=(GAP, vgg)).toggles(vgg)
    assert (toggles["model"], toggles["fc_units"]) == ("vgg16", (4096, 4096))
    with pytest.raises(UserError, match="toggle of vgg16 'reduce'"):
        study(base={"reduce": False}, variants=(GAP, vgg))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"final_rate": 0.0}, "final_rate=0.0 needs schedule='triangular'"),
        ({"crop_pixels": 2, "augmentation": ("flip",)}, "crop_pixels=2 needs augmentation with 'crop'"),
        ({"average_decay": 0.9}, "average_decay=0.9 needs averaging='lookahead' or 'ema'"),
        ({"second_momentum": 0.9}, "second_momentum=0.9 needs another optimizer"),
        ({"optimizer": "lion", "momentum": 0.0}, "momentum=0.0 leaves optimizer='lion' nothing to follow"),
    ],
    ids=str,
)
def test_a_field_that_would_change_nothing_beside_the_others_is_refused(settings, words):
    with pytest.raises(UserError) as error:
        Recipe(epochs=1, **settings)
    assert words in str(error.value)


def test_a_cycle_that_only_rises_is_refused():
    with pytest.raises(UserError, match="warmup=1.0 leaves schedule='one_cycle' no steps to fall in"):
        Recipe(epochs=2, warmup=1.0)
    assert Recipe(epochs=2, warmup=1.0, schedule="triangular").warmup == 1


def test_a_guard_of_a_variant_that_the_reduced_profile_leaves_out_is_refused():
    three = (GAP, FC, Variant("conv", {"head": "conv"}))
    declared = study(variants=three, reduced=Reduced({"epochs": 2}, 1, Guards(params={"fc": 3}), ("gap", "conv")))
    with pytest.raises(UserError, match="unknown variant in the guards of s 'fc'"):
        declared.reduce()


@pytest.mark.parametrize("name", studies.names())
def test_every_study_loads_and_has_a_reduced_profile(name):
    loaded = studies.load(name)
    assert loaded.name == name
    reduced = loaded.reduce()
    assert reduced.profile == "reduced"
    assert reduced.dataset == "digits", "continuous integration has no other data"
    assert len(reduced.trials()) <= len(loaded.trials())
    assert sum(trial.rung for trial in reduced.trials()) < sum(trial.rung for trial in loaded.trials()), "fewer epochs"
    assert all(arm.why for arm in loaded.arms)
    note = __import__(f"ablations.studies.{name}", fromlist=["x"]).__doc__
    for part in ("Command:", "Data:", "Time:"):
        assert part in note, f"{name}'s lab note has no {part}"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"variants": (GAP,)}, "two variants or more"),
        ({"variants": (FC, GAP)}, "the first variant is the baseline"),
        ({"variants": (GAP, Variant("gap", {"head": "fc"}))}, "two variants are called 'gap'"),
        ({"variants": (GAP, Variant("a b", {"head": "fc"}))}, "not a valid variant name"),
        ({"variants": (GAP, Variant("same", {"head": "gap"}))}, "changes nothing"),
        ({"variants": (GAP, Variant("half", {"head": "fc", "reduce": True}))}, "reduce=True, which changes nothing"),
        ({"variants": (GAP, Variant("x", {"haed": "fc"}))}, "did you mean 'head'"),
        ({"variants": (GAP, Variant("x", {"head": "fcc"}))}, "did you mean 'fc'"),
        ({"variants": (GAP, Variant("x"))}, "the same network"),
        ({"variants": (GAP, FC, Variant("again", {"head": "fc"}))}, "the same network"),
        ({"base": {"head": "fc"}}, "changes nothing"),
        ({"base": {"model": "googlenot"}}, "did you mean 'googlenet'"),
        ({"factors": (Factor("head", "gap", ("fc",)),)}, "either variants or factors"),
        ({"variants": ()}, "either variants or factors"),
        ({"design": "one_at_a_time"}, "did you mean 'one_factor_at_a_time'"),
        ({"seeds": 0}, "seeds must be a whole number of 1 or more"),
        ({"seeds": 20_000_000}, "seeds must be a whole number from 1 to 10,000"),
        ({"first_seed": 1.5}, "first_seed must be a whole number from 0 to 1,000,000; got 1.5"),
        ({"guards": {}}, "guards must be Guards"),
        ({"tuning": {}}, "tuning must be a Tuning"),
        ({"recipe": {}}, "recipe must be a Recipe"),
        ({"paired": "no"}, "paired must be True or False"),
        ({"comparisons": ("gap", "fc")}, "comparisons are pairs of variants"),
        ({"fraction": 0}, "fraction"),
        ({"validation": 1.5}, "validation"),
        ({"image_size": 0}, "image_size must be a whole number of pixels"),
        ({"image_size": (32, 0)}, "such as 32 or (48, 32); got (32, 0)"),
        ({"image_size": (32, 32, 3)}, "(height, width)"),
        ({"image_size": True}, "(height, width)"),
        ({"claim": Claim("c", "s", variant="fcc")}, "did you mean 'fc'"),
        (
            {
                "variants": (GAP, FC, Variant("max", {"fc_input": "max", "head": "fc", "fc_units": (8,)})),
                "claim": Claim("c", "s", variant="max", baseline="fc"),
            },
            "no comparison does: give the study comparisons=(('gap', 'fc'), ('gap', 'max'), ('fc', 'max'))",
        ),
        ({"claim": "x"}, "s: claim must be a Claim, such as Claim("),
        ({"ordering": "top1"}, "s: ordering must be an Ordering, such as Ordering("),
        ({"reduced": {"epochs": 1}}, "s: reduced must be a Reduced, such as Reduced("),
        ({"base": None}, "s: base must be toggles by name, such as {'width': 0.5}, or {} for none; got None"),
        ({"rung_seeds": [3]}, "s: rung_seeds must be seeds by rung, such as {3: 2}; got [3]"),
        ({"design": []}, "s: design must be the name of a design"),
        ({"secondary": Claim("c", "s", variant="fc")}, "got Claim(...) alone: write (Claim(...),), with the comma"),
        ({"variants": GAP}, "got Variant(...) alone: write (Variant(...),), with the comma"),
        ({"variants": (), "factors": Factor("width", 0.5, (1.0,))}, "got Factor(...) alone: write (Factor(...),)"),
        ({"variants": ("gap", "fc")}, "variants must be a tuple of Variants, such as (Variant('gap'), Variant('fc', "),
        ({"evaluations": "train"}, "got 'train' alone: write ('train',), with the comma"),
        ({"guards": Guards(params={"nope": 3})}, "unknown variant in the guards of s 'nope': allowed are 'gap', 'fc'"),
        (
            {"guards": Guards(not_worse={"gap": 3})},
            "not_worse in the guards of s: gap is the baseline, compared with itself",
        ),
        ({"guards": Guards(not_worse={"fcc": 3})}, "unknown variant in the guards of s 'fcc': did you mean 'fc'"),
    ],
)
def test_a_mistake_gets_one_clear_line(changes, words):
    with pytest.raises(UserError) as error:
        study(**changes)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epochs", 0),
        ("epochs", 1.5),
        ("batch_size", 0),
        ("learning_rate", -1),
        ("schedule", "cosine"),
        ("precision", "float16"),
        ("augmentation", ("crops",)),
        ("label_smoothing", 1.0),
        ("weight_decay", float("nan")),
        ("momentum", 1.0),
        ("final_rate", -0.1),
        ("crop_pixels", 0),
        ("cutout", 1.5),
        ("optimizer", "adam"),
        ("beta_rate", -1),
        ("averaging", "swa"),
        ("average_every", 0),
        ("average_decay", 1.1),
    ],
)
def test_a_recipe_that_can_not_be_followed(field, value):
    with pytest.raises(UserError, match=field):
        dataclasses.replace(Recipe(epochs=1), **{field: value})


def test_settings_change_what_they_name():
    changed = study().change({"epochs": 3, "width": 0.25, "fraction": 0.5, "dropout": 0.1})
    assert (changed.recipe.epochs, changed.fraction) == (3, 0.5)
    assert (changed.base["width"], changed.toggles(FC)["dropout"]) == (0.25, 0.1)
    assert changed.profile == "full, epochs=3, width=0.25, fraction=0.5, dropout=0.1"


def test_settings_may_need_each_other():
    changed = study().change({"stem": "small", "stem_stride": 2, "whitening": True})
    assert (changed.base["stem"], changed.toggles(FC)["stem_stride"]) == ("small", 2)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"epoch": 3}, "did you mean 'epochs'"),
        ({"epochs": 1}, "changes nothing"),
        ({"head": "fc"}, "changes nothing"),  # the variant fc would then be the baseline
        ({"epochs": 0}, "epochs"),
        ({"width": 0}, "width"),
    ],
)
def test_a_setting_that_can_not_be(settings, words):
    with pytest.raises(UserError, match=words):
        study().change(settings)


def test_the_augmentations_are_those_that_there_are():
    assert (*augmentation.SOURCES, *augmentation.AUGMENTATIONS) == AUGMENTATIONS


def test_a_study_file_of_ones_own(tmp_path):
    mine = tmp_path / "mine.py"
    mine.write_text((Path(studies.__path__[0]) / "quickstart.py").read_text())
    assert studies.load(str(mine)).name == "quickstart"
    (tmp_path / "empty.py").write_text("")
    (tmp_path / "broken.py").write_text("STUDY = 1 / 0")
    for name, words in (("empty.py", "has no STUDY"), ("broken.py", "ZeroDivisionError"), ("none.py", "no study file")):
        with pytest.raises(UserError, match=words):
            studies.load(str(tmp_path / name))


def test_a_study_file_imports_what_lies_beside_it(tmp_path, monkeypatch):
    """As a script does, whatever the current folder is; two studies may have modules of the same name."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    source = (Path(studies.__path__[0]) / "quickstart.py").read_text()
    for number, name in enumerate(("one", "two")):
        (tmp_path / name / "parts").mkdir(parents=True)
        (tmp_path / name / "common.py").write_text(f"from parts.sizes import SIZE\nSEEDS = {number} + SIZE")
        (tmp_path / name / "parts" / "__init__.py").write_text("")
        (tmp_path / name / "parts" / "sizes.py").write_text("SIZE = 6")
        changed = f"import dataclasses, common\n{source}\nSTUDY = dataclasses.replace(STUDY, seeds=common.SEEDS)"
        (tmp_path / name / "mine.py").write_text(changed)
    assert [studies.load(str(tmp_path / name / "mine.py")).seeds for name in ("one", "two", "one")] == [6, 7, 6]
    assert sys.path[0] == str(tmp_path / "one"), "worker processes take over the path"


def test_a_study_file_in_a_checkout_leaves_this_package_alone(monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = {name: module for name, module in sys.modules.items() if name.startswith("ablations")}
    for number in range(2):
        assert studies.load(str(Path(studies.__path__[0]) / "quickstart.py")).name == "quickstart"
        assert {name for name in before if sys.modules.get(name) is not before[name]} == set(), number


@pytest.mark.parametrize(
    "name",
    ["", "../escaped", "a/b", "/tmp/a", "two\nlines", "a\n", "cost_$x_$y", "Upper", ".hidden", "é", None, 5, "a" * 101],
)
def test_a_name_that_can_not_name_a_file_is_refused(name):
    with pytest.raises(UserError, match="study name"):
        study(name=name)
    with pytest.raises(UserError, match="variant name"):
        study(variants=(GAP, Variant(name, {"head": "fc"})))


def test_any_mapping_is_taken_and_reaches_a_worker():
    view = MappingProxyType
    made = study(
        base=view({"width": 0.5}),
        variants=(GAP, Variant("fc", view({"head": "fc"}))),
        guards=Guards(params=view({"gap": 5})),
        reduced=Reduced(view({"epochs": 2}), seeds=1, guards=Guards()),
    )
    assert pickle.loads(pickle.dumps(made)) == made
    assert [trial.configuration() for trial in made.trials()] == [trial.configuration() for trial in study().trials()]


class TestImageSize:
    def test_a_square_has_one_form_and_keeps_its_address(self):
        square, pair = study(image_size=32), study(image_size=(32, 32))
        assert pair.image_size == 32
        assert pair.trials()[0].configuration() == square.trials()[0].configuration()

    def test_height_and_width_are_part_of_the_configuration(self):
        wide, tall = (study(image_size=size).trials()[0].configuration() for size in ((32, 48), [48, 32]))
        assert (wide["image_size"], tall["image_size"]) == ([32, 48], [48, 32])
        assert address(wide) != address(tall)

    def test_it_can_be_set(self):
        changed = study(image_size=32).change({"image_size": [48, 32]})
        assert (changed.image_size, changed.profile) == ((48, 32), "full, image_size=[48, 32]")
        with pytest.raises(UserError, match="changes nothing: it is 32 already"):
            study(image_size=32).change({"image_size": (32, 32)})
