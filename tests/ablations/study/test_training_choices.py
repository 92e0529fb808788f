"""Variants that change the training, rungs, floors and tunings: what a study declares about its training."""

import json
import pickle
from dataclasses import asdict, replace
from types import MappingProxyType

import pytest

from ablations.records import locks
from ablations.records.declared import belonging
from ablations.records.tuning import candidates
from ablations.study import Factor, Recipe, Reduced, Study, Trial, Tuning, Variant, address
from ablations.study.measures import measure
from ablations.study.recipe import LATER, SHARED, terms
from inception_keras import UserError
from tests.support.trials import CLAIMED, record

GAP, FC, FAST = Variant("gap"), Variant("fc", {"head": "fc"}), Variant("fast", why="?", recipe={"learning_rate": 0.1})


def study(**changes) -> Study:
    settings = {"name": "s", "question": "?", "dataset": "digits", "recipe": Recipe(epochs=24), "base": {"width": 0.5}}
    return Study(**{**settings, "variants": (GAP, FC), **changes})


def test_an_arm_with_its_own_recipe_is_another_trial_of_the_same_experiment():
    both = study(variants=(GAP, FC, FAST))
    gap, _, fast = (Trial(both, arm, 0) for arm in both.arms)
    assert fast.recipe == replace(both.recipe, learning_rate=0.1)
    assert fast.configuration()["recipe"]["learning_rate"] == 0.1
    assert address(fast.configuration()) != address(gap.configuration())
    assert fast.experiment() == gap.experiment(), "or the two could not be compared"
    same = Trial(study(recipe=Recipe(epochs=24, learning_rate=0.1)), GAP, 0)
    assert address(fast.configuration()) == address(same.configuration()), "the same content is the same trial"
    assert both.recipe_differences("gap", "fast") == {"learning_rate": (0.4, 0.1)}
    assert both.recipe_differences("gap", "fc") == {}


def test_a_factor_may_be_a_field_of_the_recipe():
    made = study(variants=(), factors=(Factor("head", "gap", ("fc",)), Factor("label_smoothing", 0.0, (0.1, 0.2))))
    assert [(arm.name, arm.overrides, arm.recipe) for arm in made.arms] == [
        ("baseline", {}, {}),
        ("head_fc", {"head": "fc"}, {}),
        ("label_smoothing_0.1", {}, {"label_smoothing": 0.1}),
        ("label_smoothing_0.2", {}, {"label_smoothing": 0.2}),
    ]
    whole = replace(made, design="full_factorial").arms[-1]
    assert (whole.overrides, whole.recipe) == ({"head": "fc"}, {"label_smoothing": 0.2})


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        ({"learning_rate": 0.4}, "changes nothing"),
        ({"augmentation": ["crop", "flip"]}, "changes nothing"),
        ({"learning_rat": 0.1}, "did you mean 'learning_rate'"),
        ({"learning_rate": "fast"}, "learning_rate must be a number"),
        ({"augmentation": ("inception_crop",)}, "both train on inception_crop"),
        *(({name: 1}, f"can't have its own {name}") for name in SHARED),
    ],
)
def test_a_recipe_that_an_arm_can_not_have(recipe, words):
    with pytest.raises(UserError) as error:
        study(variants=(GAP, Variant("other", recipe=recipe)))
    assert words in str(error.value)
    assert "\n" not in str(error.value)


CONSTANT = Recipe(epochs=24, schedule="constant")
NO_HEADS = "which changes nothing: its network has no auxiliary heads"


@pytest.mark.parametrize(
    ("recipe", "arm", "words"),
    [
        (CONSTANT, {"warmup": 0.0}, "warmup=0.0, which changes nothing: schedule='constant' has no warm-up"),
        (Recipe(epochs=24), {"schedule": "polynomial", "warmup": 0.1}, "schedule='polynomial' has no warm-up"),
        (Recipe(epochs=24), {"aux_weight": 0.1}, f"variant 'other' sets aux_weight=0.1, {NO_HEADS}"),
    ],
    ids=str,
)
def test_an_arm_that_states_a_field_on_which_its_training_does_not_depend(recipe, arm, words):
    with pytest.raises(UserError) as error:
        study(recipe=recipe, variants=(GAP, Variant("other", recipe=arm)))
    assert words in str(error.value)


def test_a_field_may_be_stated_where_something_depends_on_it():
    auxiliary = Variant("auxiliary", {"aux_heads": "4d"}, recipe={"aux_weight": 0.1})
    warm = Variant("warm", recipe={"schedule": "one_cycle", "warmup": 0.1})
    made = study(recipe=CONSTANT, variants=(GAP, auxiliary, warm))
    assert made.change({"warmup": 0.5, "aux_weight": 1.0}).recipe.warmup == 0.5, "an arm may depend on it"
    light = Variant("light", recipe={"aux_weight": 0.1})
    heads = study(variants=(GAP, light), tuning=Tuning({"learning_rate": (0.1, 0.2), "aux_heads": (False, True)}))
    assert candidates(heads, "learning_rate", {}).arms[-1].recipe == light.recipe, "heads are chosen after it"


@pytest.mark.parametrize("settings", [{"warmup": 0.1}, {"aux_weight": 0.1}], ids=str)
def test_a_setting_on_which_no_arm_depends_is_refused(settings):
    with pytest.raises(UserError, match="the setting .*=0.1 changes nothing: (schedule|its network)"):
        study(recipe=CONSTANT).change(settings)


def whitened(images, generator):
    return images


def test_an_augmentation_of_ones_own_and_precision_are_choices():
    own = Variant("own", recipe={"augmentation": ["crop", whitened]})
    half = Variant("half", recipe={"precision": "float32"})
    made = study(variants=(GAP, own, half))
    assert own.recipe["augmentation"][1].startswith(f"{__name__}:whitened@")
    assert [made.recipe_of(arm).precision for arm in made.arms] == ["bfloat16", "bfloat16", "float32"]
    configurations = [trial.configuration() for trial in made.trials()]
    assert len({json.dumps(one) for one in configurations}) == len(configurations)
    with pytest.raises(UserError, match="a tuning can't try values of precision"):
        Tuning({"precision": ("float32", "bfloat16")})


def test_two_arms_with_one_network_need_two_recipes():
    with pytest.raises(UserError, match="the same network with one recipe"):
        study(variants=(GAP, FAST, Variant("again", recipe={"learning_rate": 0.1})))
    with pytest.raises(UserError, match="the first variant is the baseline"):
        study(variants=(FAST, FC))


def test_fields_that_came_later_do_not_change_older_addresses():
    recipe = Recipe(epochs=1)
    assert terms(recipe).keys() == asdict(recipe).keys() - LATER.keys()
    assert terms(replace(recipe, batch_statistics="recomputed"))["batch_statistics"] == "recomputed"


RUNGS = {"rungs": (6, 12, 24), "rung_seeds": {6: 2}, "seeds": 3}


def test_each_rung_is_a_study_of_its_own():
    made = study(**RUNGS)
    assert [(t.rung, t.variant.name, t.seed) for t in made.trials()] == [
        *((24, name, seed) for name in ("gap", "fc") for seed in range(3)),
        *((12, name, seed) for name in ("gap", "fc") for seed in range(3)),
        *((6, name, seed) for name in ("gap", "fc") for seed in range(2)),
    ]
    for epochs in made.budgets:
        alone = study(recipe=Recipe(epochs=epochs), seeds=made.rung_seeds.get(epochs, 3))
        assert made.at(epochs) == alone
        own = [trial for trial in made.trials() if trial.rung == epochs]
        assert [t.configuration() for t in own] == [t.configuration() for t in alone.trials()]
        assert [t.experiment() for t in own] == [t.experiment() for t in alone.trials()]
    assert made.at() == made.at(24)
    assert study().at() == study()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rungs": (12, 6, 24)}, "each greater than the last"),
        ({"rungs": (24,)}, "two numbers of epochs or more"),
        ({"rungs": (6, 12)}, "the recipe's epochs: 24, not 12"),
        ({"rungs": (0, 24)}, "whole number of 1 or more"),
        ({"rungs": (6, 24), "rung_seeds": {12: 2}}, "not 12"),
        ({"rungs": (6, 24), "rung_seeds": {24: 2}}, "the last one has all seeds"),
        ({"rungs": (6, 24), "rung_seeds": {6: 9}}, "more than the last rung"),
        ({"floor": 86}, "floor must be a number from 0 to 1"),
    ],
)
def test_rungs_and_a_floor_that_can_not_be(changes, words):
    with pytest.raises(UserError, match=words):
        study(**changes)


def test_other_epochs_scale_the_rungs_and_the_tuning():
    made = study(**RUNGS, tuning=Tuning({"learning_rate": (0.1, 0.2)}, epochs=12, seeds=2))
    small = made.change({"epochs": 3})
    assert (small.rungs, small.rung_seeds, small.tuning.epochs) == ((1, 2, 3), {1: 2}, 2)
    assert made.change({"epochs": 1}).rungs == ()
    assert made.with_seeds(2).rung_seeds == {}
    reduced = replace(made, reduced=Reduced({"epochs": 2}, seeds=1, guards=made.guards)).reduce()
    assert (reduced.rungs, reduced.seeds) == ((1, 2), 1)
    assert not reduced.untuned, "`run --reduced` would refuse to run before `tune`"
    grid = Tuning({"learning_rate": (0.01, 0.05)})
    assert replace(made, reduced=Reduced({"epochs": 2}, 1, made.guards, tuning=grid)).reduce().tuning == grid


TUNED = {"tuning": Tuning({"learning_rate": (0.1, 0.2), "dropout": (0.0, 0.4)}, epochs=12, seeds=2)}
CHOICE = {"gap": {"learning_rate": 0.2, "dropout": 0.0}, "fc": {"learning_rate": 0.1, "dropout": 0.4}}


def test_a_tuned_study_trains_what_was_chosen_for_each_arm():
    untuned = study(**TUNED)
    tuned = replace(untuned, choice=CHOICE)
    assert (untuned.untuned, tuned.untuned) == (True, False)
    gap, fc = (Trial(tuned, arm, 0) for arm in tuned.arms)
    assert (gap.recipe.learning_rate, gap.toggles["dropout"]) == (0.2, 0.0)
    assert (fc.recipe.learning_rate, fc.toggles["dropout"]) == (0.1, 0.4)
    assert gap.experiment() == fc.experiment() == Trial(untuned, GAP, 0).experiment()
    assert tuned.recipe_differences("gap", "fc") == {"learning_rate": (0.2, 0.1)}
    assert fc.toggles["head"] == "fc", "what is declared stays"
    assert tuned.change({"width": 0.25}).untuned, "the choice was made for another network"


@pytest.mark.parametrize(
    ("grid", "words"),
    [
        ({}, "needs a grid"),
        ({"learning_rate": (0.1,)}, "two values or more"),
        ({"learning_rate": 0.1}, "two values or more"),
        ({"learning_rate": (0.1, 0.1)}, "twice"),
        ({"learning_rate": (0.1, -1)}, "learning_rate must be a number"),
        ({"dropuot": (0.1, 0.2)}, "did you mean 'dropout'"),
        ({"dropout": (0.1, 2)}, "dropout"),
        ({"head": ("gap", "fc")}, "either compared or tuned"),
        ({"epochs": (1, 2)}, "can't try values of epochs"),
    ],
)
def test_a_grid_that_can_not_be(grid, words):
    with pytest.raises(UserError, match=words):
        study(tuning=Tuning(grid))


def test_the_tuning_has_seeds_of_its_own():
    with pytest.raises(UserError, match="seeds from 1,000 are those of the tuning"):
        study(**TUNED, first_seed=999, seeds=2)


def test_an_arm_whose_model_lacks_a_toggle_is_not_tuned_in_it():
    vgg = Variant("vgg", {"model": "vgg11"})
    study(base={}, variants=(GAP, vgg), tuning=Tuning({"reduce": (True, False)}))
    with pytest.raises(UserError, match="did you mean 'reduce'"):
        study(base={}, variants=(GAP, vgg), tuning=Tuning({"reduces": (True, False)}))


def test_a_declaration_reaches_a_worker():
    made = study(**TUNED, rungs=(6, 24), rung_seeds=MappingProxyType({6: 1}), choice=MappingProxyType(CHOICE))
    assert pickle.loads(pickle.dumps(made)) == made


def test_records_of_every_rung_and_recipe_belong_under_their_arm():
    made = study(variants=(GAP, FAST), rungs=(6, 24), seeds=1)
    found = [record(made.at(epochs), name, 0) for epochs in (6, 24) for name in ("gap", "fast")]
    renamed = replace(made, variants=(GAP, replace(FAST, name="faster")))
    assert [(r.variant, r.recipe["epochs"]) for r in belonging(renamed, found)] == [
        ("gap", 6),
        ("faster", 6),
        ("gap", 24),
        ("faster", 24),
    ]
    assert [r.recipe["epochs"] for r in belonging(made.at(6), found)] == [6, 6]
    faster = belonging(renamed, found)[-1]
    assert faster.changed == {"learning_rate": 0.1}
    assert faster.experiment == found[-1].experiment


def test_a_record_is_of_the_experiment_that_the_study_declares_now():
    """Its trial was the baseline of a study with another recipe; now it is an arm."""
    before = study(recipe=Recipe(epochs=24, learning_rate=0.1), variants=(GAP, FC))
    now = study(variants=(GAP, FAST))
    (adopted,) = belonging(now, [record(before, "gap", 0)])
    assert adopted.variant == "fast"
    assert adopted.experiment == record(now, "gap", 0).experiment


def test_a_lock_holds_rungs_recipes_floor_and_tuning(tmp_path):
    plain = locks.terms(CLAIMED)
    assert not plain.keys() & {"rungs", "rung_seeds", "recipes", "floor", "tuning"}, "older locks stay valid"
    full = replace(
        CLAIMED,
        recipe=replace(CLAIMED.recipe, epochs=2),
        variants=(*CLAIMED.variants, replace(FAST, recipe={"learning_rate": 0.2})),
        **{"rungs": (1, 2), "rung_seeds": {1: 4}, "floor": 0.8, "tuning": Tuning({"dropout": (0.0, 0.4)})},
    )
    with pytest.raises(UserError, match="tune tiny"):
        locks.write_lock(full, tmp_path, None)
    tuned = replace(full, choice={"fc": {"dropout": 0.0}})
    held = json.loads(json.dumps(locks.terms(tuned)))
    assert (held["rungs"], held["rung_seeds"], held["floor"]) == ([1, 2], {"1": 4}, 0.8)
    assert held["recipes"] == {"fast": {"learning_rate": 0.2}}
    assert held["variants"]["fc"]["dropout"] == 0.0
    locks.write_lock(tuned, tmp_path, None)
    assert None not in {locks.covering_lock(tmp_path, trial) for trial in tuned.trials()}
    other = replace(full, choice={"fc": {"dropout": 0.4}})
    assert locks.covering_lock(tmp_path, other.trials()[0]) is None


def test_validation_top1_is_of_the_last_epoch():
    found = record(study(), "gap", 0, metrics={"validation": {"top1": 0.75, "loss": 1.0}})
    assert measure("validation_top1").of(found) == 75.0
