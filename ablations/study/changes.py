"""A study with other settings, or at the size for continuous integration."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from ablations.study.arms import idle, resolve
from ablations.study.recipe import Recipe
from ablations.study.reduced import Guards
from ablations.study.rungs import scale_rungs
from ablations.study.sizes import image_size
from inception_keras.errors import UserError, unknown

if TYPE_CHECKING:
    from ablations.study.study import Study

OWN = ("dataset", "image_size", "validation", "classes", "fraction")  # settings that are fields of the study


def change(study: "Study", settings: Mapping[str, object], profile: str | None = None) -> "Study":
    """The study with other settings: recipe fields, toggles of the base, `dataset`, `image_size`, ...

    Args:
        study: What to change.
        settings: New values by name.
        profile: The name of the result's profile; by default that of the study, followed by the settings.

    Raises:
        UserError: A name or a value is unknown, or a setting changes nothing.
    """
    places: dict[str, dict] = {"recipe": {}, "base": {}, "own": {}}
    current = settings_of(study)
    for name, value in settings.items():
        if name not in current:
            raise unknown("setting", name, current)
        place, now = current[name]
        if name == "image_size" and value is not None:
            value = image_size(value)  # (32, 32) is 32
        if value == now:
            raise UserError(f"{study.name}: the setting {name}={value} changes nothing: it is {now!r} already")
        places[place][name] = value
    recipe, base, own = places.values()
    _check_base(study, base)
    changed = replace(study.recipe, **recipe)
    told = ", ".join(f"{name}={value}" for name, value in settings.items())
    made = replace(
        study,
        recipe=changed,
        base={**study.base, **base},
        **_scaled(study, changed.epochs),
        choice={},
        edges=(),
        guards=Guards(),
        profile=profile or f"{study.profile}, {told}",
        **own,
    )
    _check_recipe(made, recipe)
    return made


def reduce(study: "Study") -> "Study":
    """The study in its reduced profile, with that profile's guards.

    Raises:
        UserError: It has no reduced profile.
    """
    if study.reduced is None:
        raise UserError(
            f"{study.name} has no reduced profile: give it reduced=Reduced(settings={{'epochs': 1}}, seeds=6), or type "
            "no --reduced"
        )
    now = {name: value for name, (_, value) in settings_of(study).items()}
    # ON_DIGITS serves many studies; `change` would refuse the settings that one of them has already
    changed = {name: value for name, value in study.reduced.settings.items() if now.get(name, ...) != value}
    small = change(study, changed, profile="reduced")
    small = replace(small, first_seed=0, guards=study.reduced.guards, tuning=study.reduced.tuning)
    small = small.with_seeds(study.reduced.seeds)
    return _keep(small, study.reduced.variants) if study.reduced.variants else small


def settings_of(study: "Study") -> dict[str, tuple[str, object]]:
    """Where each setting belongs (`recipe`, `base` or `own`) and its present value, by name."""
    found = {f.name: ("recipe", getattr(study.recipe, f.name)) for f in fields(Recipe)}
    found |= {name: ("own", getattr(study, name)) for name in OWN}
    found |= {name: ("base", value) for name, value in resolve(study.base).items()}
    return found | {"preset": ("base", study.base.get("preset", "paper"))}


def _check_base(study: "Study", base: Mapping[str, object]):
    """Refuses a toggle that leaves the network as it is."""
    changed = resolve({**study.base, **base})
    for name, value in base.items():
        rest = {key: other for key, other in base.items() if key != name}
        try:
            without = resolve({**study.base, **rest})
        except UserError:  # the other settings need this one
            continue
        if without == changed:
            raise UserError(f"{study.name}: the setting {name}={value} changes nothing")


def _check_recipe(study: "Study", recipe: Mapping[str, object]):
    """Refuses a field of the recipe on which no arm depends."""
    for name, value in recipe.items():
        reasons = [idle(name, study.recipe_of(arm), study.toggles(arm), study.tuned) for arm in study.arms]
        if all(reasons):
            raise UserError(f"{study.name}: the setting {name}={value} changes nothing: {reasons[0]}")


def _scaled(study: "Study", epochs: int) -> dict[str, Any]:
    """The rungs and the tuning, as fields, where the recipe has other epochs: their budgets in proportion."""
    scaled = scale_rungs(study.rungs, study.recipe.epochs, epochs)
    rungs = tuple(scaled.values())
    seeds = {scaled[rung]: n for rung, n in study.rung_seeds.items() if scaled.get(rung, epochs) != epochs}
    share = epochs / study.recipe.epochs
    tuning = study.tuning and replace(study.tuning, epochs=max(1, round(study.tuning.epochs * share)))
    return {"rungs": rungs, "rung_seeds": seeds, "tuning": tuning}


def _keep(study: "Study", names: tuple[str, ...]) -> "Study":
    """The study with these variants only."""
    for name in names:
        if name not in (arm.name for arm in study.arms):
            raise unknown("variant of the reduced profile", name, [arm.name for arm in study.arms])
    claims = tuple(claim for claim in study.claims if {*study.claimed_pair(claim)} <= {*names})
    return replace(
        study,
        variants=tuple(arm for arm in study.arms if arm.name in names),
        factors=(),
        comparisons=tuple(pair for pair in study.comparisons if {*pair} <= {*names}),
        claim=claims[0] if claims else None,
        secondary=claims[1:],
    )
