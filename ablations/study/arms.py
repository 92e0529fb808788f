"""The arms of a study: which network and which recipe each is, and the proof that they differ as they declare."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from ablations.study.checks import check_name
from ablations.study.claims import Claim
from ablations.study.own_code import is_reference
from ablations.study.own_networks import SOURCE, OwnNetwork, referred
from ablations.study.recipe import RECIPE_FIELDS, SHARED, WARMED_UP, Recipe, split_settings
from ablations.study.starts import START, resolve_start
from ablations.study.tuning import Tuning
from ablations.study.variants import Factor, Variant
from inception_keras.errors import UserError, unknown
from inception_keras.zoo import GOOGLENET, architecture

CROP = "inception_crop"


def resolve(toggles: Mapping[str, object]) -> dict[str, object]:
    """The model and all its toggles, with the defaults for toggles that are missing or `None`."""
    own: dict[str, Any] = {name: value for name, value in toggles.items() if value is not None}
    model = own.pop("model", "googlenet")
    if is_reference(model):
        return {"model": model, **OwnNetwork(model).resolve(**own)}
    start = {name: own.pop(name, default) for name, default in START.items()}
    resolved = architecture(model).resolve(**own)
    return {"model": model, **resolved, **resolve_start(model, resolved, **start)}


def check_baselines(study: str, factors: Sequence[Factor], base: Mapping[str, object], recipe: Recipe):
    """Checks that each factor's baseline is the study's own value: arms are named and explained after it.

    Names that neither the network nor the recipe has are left to `check_arms`.

    Raises:
        UserError: The study has another value.
    """
    present = {"preset": base.get("preset", "paper"), **resolve(base)}
    for factor in factors:
        name = factor.toggle
        if name not in RECIPE_FIELDS and name not in present:
            continue
        own = getattr(recipe, name) if name in RECIPE_FIELDS else present[name]
        if not _is_own(factor, base, recipe):
            place = f"recipe=Recipe({name}=...)" if name in RECIPE_FIELDS else f"base={{{name!r}: ...}}"
            raise UserError(
                f"{study}: the factor {name!r} has the baseline {factor.baseline!r}, and the study has {name}={own!r}: "
                f"write Factor({name!r}, {own!r}, ...), or give the study the other value with {place}"
            )


def check_arms(
    study: str,
    arms: Sequence[Variant],
    base: Mapping[str, object],
    recipe: Recipe,
    choice: Mapping[str, Mapping[str, object]],
    *,
    alone: bool = False,
):
    """Checks that the arms of a study are two or more, the baseline first, and differ exactly as they declare.

    Args:
        study: Its name.
        arms: The variants.
        base: The toggles that they share.
        recipe: What they share of the training.
        choice: By name, what tuning chose for them.
        alone: Whether one arm is enough.

    Raises:
        UserError: They do not.
    """
    if len(arms) < 2 and not alone:
        raise UserError(f"{study}: a study compares two variants or more")
    if arms[0].settings:
        raise UserError(f"{study}: the first variant is the baseline and overrides nothing; got {arms[0]}")
    names = [arm.name for arm in arms]
    for name in names:
        check_name("variant", name)
        if names.count(name) > 1:
            raise UserError(f"{study}: two variants are called {name!r}")
    seen: dict[str, str] = {}
    for arm in arms:
        _check_base(study, arm, base)
        _check_overrides(study, arm, base)
        own = _check_recipe(study, arm, recipe)
        toggles, trained = split_settings(choice.get(arm.name, {}))
        key = json.dumps([resolve({**base, **arm.overrides, **toggles}), asdict(replace(own, **trained))])
        twin = seen.setdefault(key, arm.name)
        if twin != arm.name:
            raise UserError(f"{study}: the variants {twin!r} and {arm.name!r} are the same network with one recipe")


def check_stated(
    study: str, arms: Sequence[Variant], base: Mapping[str, object], recipe: Recipe, tuned: Collection[str]
):
    """Checks that no arm states a field of its recipe that changes nothing beside its other settings.

    Args:
        study: Its name.
        arms: The variants.
        base: The toggles that they share.
        recipe: What they share of the training.
        tuned: The settings that a tuning chooses later.

    Raises:
        UserError: One does.
    """
    for arm in arms:
        own = replace(recipe, **arm.recipe)
        for name, value in arm.recipe.items():
            if reason := idle(name, own, resolve({**base, **arm.overrides}), tuned):
                raise UserError(f"{study}: variant {arm.name!r} sets {name}={value!r}, which changes nothing: {reason}")


def idle(name: str, recipe: Recipe, toggles: Mapping[str, object], tuned: Collection[str] = ()) -> str | None:
    """Why a field changes nothing in a recipe for the network with these toggles; `None` if it may.

    >>> idle("warmup", Recipe(epochs=1, schedule="constant"), {"model": "alexnet"})
    "schedule='constant' has no warm-up"
    """
    if name == "warmup" and recipe.schedule not in WARMED_UP and "schedule" not in tuned:
        return f"schedule={recipe.schedule!r} has no warm-up"
    if name == "aux_weight" and not toggles.get("aux_heads") and not {"aux_heads", "model"} & set(tuned):
        return "its network has no auxiliary heads"
    return None


def pairs_of(study: str, comparisons: object) -> tuple[tuple[str, str], ...]:
    """Comparisons as pairs of names; lists come from JSON.

    Raises:
        UserError: They are no pairs.
    """
    if isinstance(comparisons, (list, tuple)):
        pairs = [tuple(pair) for pair in comparisons if isinstance(pair, (list, tuple)) and len(pair) == 2]
        if len(pairs) == len(comparisons):
            return tuple(pairs)
    raise UserError(f"{study}: comparisons are pairs of variants, (('baseline', 'variant'),); got {comparisons!r}")


def check_comparisons(
    study: str,
    names: Sequence[str],
    comparisons: Sequence[tuple[str, str]],
    claimed: Sequence[tuple[Claim, tuple[str, str]]],
    pairs: Sequence[tuple[str, str]],
):
    """Checks that comparisons and claims are about pairs of variants that there are.

    Args:
        study: Its name.
        names: Of its variants.
        comparisons: As it declares them.
        claimed: Each claim with its (baseline, variant).
        pairs: (baseline, variant) of every comparison.

    Raises:
        UserError: They are not.
    """
    for pair in comparisons:
        for name in pair:
            if name not in names:
                raise unknown("variant in a comparison", name, names)
        if pair[0] == pair[1]:
            raise UserError(f"{study}: a comparison is a pair of two variants, (baseline, variant); got {pair}")
    for _, pair in claimed:
        for name in pair:
            if name not in names:
                raise unknown("variant in the claim", name, names)
        if pair not in pairs:
            wanted = f"comparisons={(*pairs, pair)}"
            raise UserError(
                f"{study}: the claim compares {pair[1]} with {pair[0]}, and no comparison does: give the study {wanted}"
            )


def check_tuning(study: str, tuning: Tuning, arms: Sequence[Variant], base: Mapping[str, object], recipe: Recipe):
    """Checks that every value of the grid can be tried on every arm, and that no arm declares what is tuned.

    Raises:
        UserError: It can't.
    """
    for name, values in tuning.grid.items():
        _check_setting(f"setting of the tuning of {study}", name, base)
        for arm in arms:
            if arm is not arms[0] and not tunes(arm, name, base):
                continue
            if name in arm.settings:
                raise UserError(
                    f"{study}: {arm.name!r} declares {name}={arm.settings[name]!r}, and the tuning would change it: a "
                    "setting is either compared or tuned"
                )
            for value in values:
                if name in RECIPE_FIELDS:
                    _check_recipe(study, replace(arm, recipe={**arm.recipe, name: value}), recipe, new=False)
                else:
                    resolve({**base, **arm.overrides, name: value})


def tunes(arm: Variant, name: str, base: Mapping[str, object]) -> bool:
    """Whether an arm is tuned in a setting: not in a toggle that its model lacks."""
    return name in RECIPE_FIELDS or name in resolve({**base, **arm.overrides})


def _is_own(factor: Factor, base: Mapping[str, object], recipe: Recipe) -> bool:
    """Whether a study already is what the baseline of a factor makes of it."""
    toggles, trained = split_settings({factor.toggle: factor.baseline})
    try:
        if trained:
            return replace(recipe, **trained) == recipe
        # as JSON, in which tuples are lists
        same = (json.dumps(resolve(own), default=repr) for own in (base, {**base, **referred(toggles)}))
        return len({*same}) == 1
    except UserError:  # no study can have such a baseline
        return False


def _check_setting(kind: str, name: str, toggles: Mapping[str, object]) -> bool:
    """Whether a name is that of a toggle of the model among `toggles`, and not of a recipe field.

    Raises:
        UserError: It is neither; the nearest of both is suggested.
    """
    model = toggles.get("model")
    known = [one for one in resolve({"model": model}) if one != SOURCE]
    if not is_reference(model) and architecture(str(model or "googlenet")).builder == GOOGLENET:
        known.append("preset")  # which is resolved into what it stands for
    if name not in (*RECIPE_FIELDS, *known):
        raise unknown(kind, name, (*RECIPE_FIELDS, *known))
    return name in known


def _check_base(study: str, arm: Variant, base: Mapping[str, object]):
    """Refuses None in the base for a toggle of an own network: it would be the default, where None may mean "off"."""
    model = arm.overrides.get("model") or base.get("model")
    if not is_reference(model):
        return
    default = resolve({"model": model})
    for name in base.keys() - arm.overrides.keys():
        if base[name] is None and default.get(name) is not None:
            raise UserError(
                f"{study}: base={{{name!r}: None}} means the default of {model}, {name}={default[name]!r}: leave it "
                f"out, or let the function take another value than None, such as {name}='none'"
            )


def _check_overrides(study: str, arm: Variant, base: Mapping[str, object]):
    """Each override must change the baseline, and nothing but the overrides may differ."""
    for name, value in arm.overrides.items():
        if value is None:  # so an arm sets a toggle that its model lacks
            continue
        if not _check_setting(f"toggle or recipe field of {arm.name!r}", name, {**base, **arm.overrides}):
            own = f"Variant({arm.name!r}, recipe={{{name!r}: {value!r}}})"
            raise UserError(f"{study}: {name} is a field of the recipe and no toggle: give it as {own}")
    baseline, toggles = resolve(base), resolve({**base, **arm.overrides})
    for name, value in arm.overrides.items():
        rest = {key: other for key, other in arm.overrides.items() if key != name}
        if _resolved({**base, **rest}) == toggles:
            why = f"without it {name} is {baseline.get(name, value)!r} already"
            if value is None:
                why = "None takes back what the base sets, which it does not"
            raise UserError(f"{study}: variant {arm.name!r} overrides {name}={value!r}, which changes nothing: {why}")
    if not {"model", "preset"} & set(arm.overrides):  # these name whole networks, whose toggles differ too
        differs = {name for name in toggles if toggles[name] != baseline[name]}
        if differs != set(arm.overrides):
            raise UserError(f"{study}: {arm.name!r} declares {sorted(arm.overrides)}, differs in {sorted(differs)}")


def _check_recipe(study: str, arm: Variant, recipe: Recipe, *, new: bool = True) -> Recipe:
    """The arm's recipe; each field that it sets must be one that an arm may set and, if `new`, must change it."""
    for name in arm.recipe:
        if name not in RECIPE_FIELDS:
            raise unknown(f"recipe field of {arm.name!r}", name, RECIPE_FIELDS)
        if name in SHARED:
            raise UserError(f"{study}: {arm.name!r} can't have its own {name}: {SHARED[name]}")
    changed = replace(recipe, **arm.recipe)  # together: some fields are allowed only beside others
    for name, value in arm.recipe.items():
        if new and getattr(changed, name) == getattr(recipe, name):
            raise UserError(
                f"{study}: variant {arm.name!r} sets {name}={value!r}, which changes nothing: the recipe has it already"
            )
    if (CROP in changed.augmentation) != (CROP in recipe.augmentation):
        raise UserError(
            f"{study}: {arm.name!r} and the study must both train on {CROP}, or neither: it changes the images of "
            "evaluations too"
        )
    return changed


def _resolved(toggles: Mapping[str, object]) -> dict[str, object] | None:
    """As `resolve`; `None` if no network has these toggles, such as those of one model with the name of another."""
    try:
        return resolve(toggles)
    except UserError:
        return None
