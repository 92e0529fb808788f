"""A study: data, recipe, variants, seeds, and the claim it tests. Imports no training code and no framework."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from hashlib import sha256
from typing import Any

from ablations.study.checks import check_between, check_count, check_name
from ablations.study.claims import Claim, Ordering
from ablations.study.measures import check_evaluations, measure
from ablations.study.recipe import Recipe
from ablations.study.reduced import ON_DIGITS, Guards, Reduced
from ablations.study.sizes import ImageSize, image_size
from ablations.study.variants import DESIGNS, Factor, Variant
from inception_keras.errors import UserError, unknown
from inception_keras.zoo import architecture

__all__ = ["ON_DIGITS", "Claim", "Factor", "Guards", "Recipe", "Reduced", "Study", "Trial", "Variant"]


@dataclass(frozen=True, kw_only=True)
class Study:
    """A comparison of variants under one recipe.

    Attributes:
        name: Name of the study, of its file and of its results folder.
        question: What the study asks, in one sentence.
        dataset: TFDS name of the data set.
        recipe: How every variant is trained.
        base: Toggles that all variants share. `model` is one of them: a name of the zoo, `googlenet` by default. A
            variant with another model sets a toggle that its model lacks to `None`.
        variants: The arms, the baseline first; or empty, and `factors` with `design` make them.
        factors: Toggles, each with its value in the baseline and the alternatives.
        design: `one_factor_at_a_time`, `leave_one_out`, `add_one_in` or `full_factorial`.
        seeds: Number of trials per variant.
        first_seed: The lowest of their seeds, which are consecutive; lower ones were used to explore before the lock.
        paired: Whether trials of two variants with the same seed are compared as a pair: they start from the same
            weights where they share a layer, and see the same batches.
        comparisons: Pairs of (baseline, variant) to test; by default every variant against the baseline. Holm's
            correction covers these tests.
        image_size: Side in pixels to which images are resized, or (height, width); `None` keeps the stored size.
        validation: Share of the training split that is cut off to make choices on.
        classes: Names of the classes to use; empty for all.
        fraction: Share of the training and validation splits to use; the test split is always whole.
        claim: The primary claim that the study tests; its number of seeds is planned for this claim.
        ordering: Instead of `claim`: a claim about ensembles of the baseline's trials; then one variant is enough.
        secondary: Further claims, tested with the same trials; Holm's correction covers these tests too.
        evaluations: What each trial is evaluated on besides the test split: `train` (the training images as they are
            stored), `shifts` (the test images, moved by 1 to 8 pixels). Claims about `overfitting` need `train`, claims
            about a shift, such as `shift_4`, need `shifts`.
        reduced: The study's size for continuous integration.
        guards: What a run at this size must reach.
        profile: `full`, `reduced`, or either with the settings that were changed.
    """

    name: str
    question: str
    dataset: str
    recipe: Recipe
    base: Mapping[str, object]
    variants: tuple[Variant, ...] = ()
    factors: tuple[Factor, ...] = ()
    design: str = "one_factor_at_a_time"
    seeds: int = 3
    first_seed: int = 0
    paired: bool = True
    comparisons: tuple[tuple[str, str], ...] = ()
    image_size: ImageSize | None = None
    validation: float = 0.1
    classes: tuple[str, ...] = ()
    fraction: float = 1.0
    claim: Claim | None = None
    ordering: Ordering | None = None
    secondary: tuple[Claim, ...] = ()
    evaluations: tuple[str, ...] = ()
    reduced: Reduced | None = None
    guards: Guards = field(default_factory=Guards)
    profile: str = "full"

    def __post_init__(self):
        check_name("study", self.name)
        object.__setattr__(self, "base", dict(self.base))  # a mapping that can't be pickled would reach no worker
        if self.design not in DESIGNS:
            raise unknown("design", self.design, DESIGNS)
        if not isinstance(self.classes, (list, tuple)) or not all(isinstance(name, str) for name in self.classes):
            raise UserError(f"{self.name}: classes must be names, such as ('airplane', 'ship'); got {self.classes!r}")
        object.__setattr__(self, "classes", tuple(self.classes))  # lists come from JSON and from command lines
        if bool(self.variants) == bool(self.factors):
            raise UserError(f"{self.name}: give either variants or factors")
        if not isinstance(self.dataset, str) or not self.dataset:
            raise UserError(f"{self.name}: dataset must be a TFDS name, such as 'cifar10'; got {self.dataset!r}")
        check_count("seeds", self.seeds)
        check_between("first_seed", self.first_seed, 0, 10**6)
        if self.image_size is not None:
            object.__setattr__(self, "image_size", image_size(self.image_size))
        check_between("validation", self.validation, 0.001, 0.9)
        check_between("fraction", self.fraction, 1e-6, 1)
        if self.secondary and self.claim is None:
            raise UserError(f"{self.name}: secondary claims need a primary one: give it as claim")
        if self.ordering and self.claim:
            raise UserError(f"{self.name}: a study tests either a claim or an ordering")
        check_evaluations(self.evaluations, self.recipe.augmentation, [measure(claim.metric) for claim in self.claims])
        self._check_arms()
        self._check_comparisons()

    @property
    def arms(self) -> tuple[Variant, ...]:
        """The variants, declared or made by the design, the baseline first."""
        return self.variants or DESIGNS[self.design](self.factors)

    @property
    def baseline(self) -> Variant:
        return self.arms[0]

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The names of (baseline, variant) of every comparison."""
        return self.comparisons or tuple((self.baseline.name, arm.name) for arm in self.arms[1:])

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The primary claim, then the secondary ones."""
        return (self.claim, *self.secondary) if self.claim else ()

    @property
    def hypothesis(self) -> Claim | Ordering | None:
        """The claim or ordering that a lock fixes before the run."""
        return self.claim or self.ordering

    @property
    def metric(self) -> str:
        """The measure of all comparisons: the primary claim's, else top-1."""
        return self.claim.metric if self.claim else "top1"

    @property
    def tests(self) -> tuple[tuple[str, str, str], ...]:
        """(baseline, variant, metric) of every test: all comparisons, and the tests that secondary claims add."""
        declared = [(*pair, self.metric) for pair in self.pairs]
        claimed = [(*self.claimed_pair(claim), claim.metric) for claim in self.claims]
        return tuple(dict.fromkeys(declared + claimed))

    def claimed_pair(self, claim: Claim) -> tuple[str, str]:
        """(baseline, variant) of a claim."""
        return (claim.baseline or self.baseline.name, claim.variant)

    @property
    def seed_range(self) -> range:
        return range(self.first_seed, self.first_seed + self.seeds)

    def toggles(self, variant: Variant) -> dict[str, object]:
        """Every toggle of the variant's network, with defaults filled in."""
        return _resolve({**self.base, **variant.overrides})

    def trials(self) -> list["Trial"]:
        """All trials, variant by variant, in the order of the seeds."""
        return [Trial(self, variant, seed) for variant in self.arms for seed in self.seed_range]

    def change(self, settings: Mapping[str, object], *, profile: str | None = None) -> "Study":
        """The study with other settings: recipe fields, toggles of the base, `dataset`, `image_size`, ...

        Raises:
            UserError: A name or a value is unknown, or a setting changes nothing.
        """
        places: dict[str, dict] = {"recipe": {}, "base": {}, "own": {}}
        current = self._settings()
        for name, value in settings.items():
            if name not in current:
                raise unknown("setting", name, current)
            place, now = current[name]
            if name == "image_size" and value is not None:
                value = image_size(value)  # (32, 32) is 32
            if value == now:
                raise UserError(f"{self.name}: the setting {name}={value} changes nothing: it is {now!r} already")
            places[place][name] = value
        recipe, base, own = places.values()
        for name, value in base.items():
            rest = {key: other for key, other in base.items() if key != name}
            if _resolve({**self.base, **base}) == _resolve({**self.base, **rest}):
                raise UserError(f"{self.name}: the setting {name}={value} changes nothing")
        changes = ", ".join(f"{name}={value}" for name, value in settings.items())
        return replace(
            self,
            recipe=replace(self.recipe, **recipe),
            base={**self.base, **base},
            guards=Guards(),
            profile=profile or f"{self.profile}, {changes}",
            **own,
        )

    def reduce(self) -> "Study":
        """The study in its reduced profile, with that profile's guards.

        Raises:
            UserError: It has no reduced profile.
        """
        if self.reduced is None:
            raise UserError(f"{self.name} has no reduced profile")
        now = {name: value for name, (_, value) in self._settings().items()}
        # ON_DIGITS serves many studies; `change` would refuse the settings that one of them has already
        changed = {name: value for name, value in self.reduced.settings.items() if now.get(name, ...) != value}
        small = self.change(changed, profile="reduced")
        small = replace(small, seeds=self.reduced.seeds, first_seed=0, guards=self.reduced.guards)
        return small._keep(self.reduced.variants) if self.reduced.variants else small

    def _keep(self, names: tuple[str, ...]) -> "Study":
        """The study with these variants only."""
        for name in names:
            if name not in (arm.name for arm in self.arms):
                raise unknown("variant of the reduced profile", name, [arm.name for arm in self.arms])
        claims = tuple(claim for claim in self.claims if {*self.claimed_pair(claim)} <= {*names})
        return replace(
            self,
            variants=tuple(arm for arm in self.arms if arm.name in names),
            factors=(),
            comparisons=tuple(pair for pair in self.comparisons if {*pair} <= {*names}),
            claim=claims[0] if claims else None,
            secondary=claims[1:],
        )

    def _settings(self) -> dict[str, tuple[str, object]]:
        """Where each setting belongs (`recipe`, `base` or `own`) and its present value, by name."""
        found = {f.name: ("recipe", getattr(self.recipe, f.name)) for f in fields(Recipe)}
        found |= {
            name: ("own", getattr(self, name))
            for name in ("dataset", "image_size", "validation", "classes", "fraction")
        }
        found |= {name: ("base", value) for name, value in self.toggles(self.baseline).items()}
        return found | {"preset": ("base", self.base.get("preset", "paper"))}

    def _check_arms(self):
        arms = self.arms
        if len(arms) < 2 and not self.ordering:
            raise UserError(f"{self.name}: a study compares two variants or more")
        if arms[0].overrides:
            raise UserError(f"{self.name}: the first variant is the baseline and overrides nothing; got {arms[0]}")
        names = [arm.name for arm in arms]
        for name in names:
            check_name("variant", name)
            if names.count(name) > 1:
                raise UserError(f"{self.name}: two variants are called {name!r}")
        baseline = self.toggles(arms[0])
        seen = {json.dumps(baseline): names[0]}
        for arm in arms[1:]:
            self._check_override(arm, baseline)
            twin = seen.setdefault(json.dumps(self.toggles(arm)), arm.name)
            if twin != arm.name:
                raise UserError(f"{self.name}: the variants {twin!r} and {arm.name!r} are the same network")

    def _check_comparisons(self):
        names = [arm.name for arm in self.arms]
        for pair in self.comparisons:
            for name in pair:
                if name not in names:
                    raise unknown("variant in a comparison", name, names)
            if len(pair) != 2 or pair[0] == pair[1]:
                raise UserError(f"{self.name}: a comparison is a pair of two variants, (baseline, variant); got {pair}")
        for claim in self.claims:
            pair = self.claimed_pair(claim)
            for name in pair:
                if name not in names:
                    raise unknown("variant in the claim", name, names)
            if pair not in self.pairs:
                raise UserError(f"{self.name}: the claim compares {pair[1]} with {pair[0]}, and no comparison does")

    def _check_override(self, arm: Variant, baseline: Mapping[str, object]):
        """Each override must change the baseline, and nothing but the overrides may differ."""
        toggles = self.toggles(arm)
        for name, value in arm.overrides.items():
            rest = {key: other for key, other in arm.overrides.items() if key != name}
            if _resolved({**self.base, **rest}) == toggles:
                raise UserError(
                    f"{self.name}: variant {arm.name!r} overrides {name}={value!r}, which changes nothing: "
                    f"without it {name} is {baseline.get(name, value)!r} already"
                )
        if not {"model", "preset"} & set(arm.overrides):  # these name whole networks, whose toggles differ too
            differs = {name for name in toggles if toggles[name] != baseline[name]}
            if differs != set(arm.overrides):
                raise UserError(
                    f"{self.name}: {arm.name!r} declares {sorted(arm.overrides)}, differs in {sorted(differs)}"
                )


@dataclass(frozen=True)
class Trial:
    """One variant trained with one seed. Its result is a record."""

    study: Study
    variant: Variant
    seed: int

    @property
    def toggles(self) -> dict[str, object]:
        return self.study.toggles(self.variant)

    def configuration(self) -> dict:
        """All settings that determine the trial's numbers, as JSON values (lists for tuples)."""
        experiment = self.experiment()
        return json.loads(json.dumps({**experiment, "toggles": self.toggles, "seed": self.seed}))

    def experiment(self) -> dict:
        """The part of the configuration that all trials of one table share."""
        study = self.study
        shared = {
            "dataset": study.dataset,
            "image_size": study.image_size,
            "validation": study.validation,
            "fraction": study.fraction,
            "recipe": asdict(study.recipe),
            "base": _resolve(study.base),
        }
        # empty settings are omitted, so that records older than these two keep their addresses
        own = {"classes": list(study.classes), "evaluations": list(study.evaluations)}
        return shared | {name: values for name, values in own.items() if values}


def address(configuration: Mapping) -> str:
    """Content address of a configuration: 12 hexadecimal digits of its SHA-256."""
    return sha256(json.dumps(configuration, sort_keys=True).encode()).hexdigest()[:12]


def _resolve(toggles: Mapping[str, object]) -> dict[str, object]:
    """The model and all its toggles, with the model's defaults for toggles that are missing or `None`."""
    own: dict[str, Any] = {name: value for name, value in toggles.items() if value is not None}
    model = own.pop("model", "googlenet")
    return {"model": model, **architecture(model).resolve(**own)}


def _resolved(toggles: Mapping[str, object]) -> dict[str, object] | None:
    """As `_resolve`; `None` if no network has these toggles, such as those of one model with the name of another."""
    try:
        return _resolve(toggles)
    except UserError:
        return None
