"""What a study is: data, recipe, variants, seeds, and the claim it tests. No training code, no deep learning import."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from hashlib import sha256
from types import MappingProxyType

from ablations.designs import DESIGNS, Factor, Variant
from inception_keras.errors import UserError, unknown
from inception_keras.zoo import architecture

__all__ = ["ON_DIGITS", "Claim", "Factor", "Guards", "Recipe", "Reduced", "Study", "Trial", "Variant"]


# Those of `ablations.augmentation`, which a test holds them to: its NumPy would cost `list` its quick answer.
AUGMENTATIONS = ("crop", "flip")


@dataclass(frozen=True)
class Recipe:
    """How every variant of a study is trained: SGD with momentum, and what goes into it.

    Attributes:
        epochs: Passes over the training split.
        batch_size: Images a step; the last partial batch of an epoch is left out.
        learning_rate: The highest one.
        schedule: `one_cycle`: linear up over `warmup` of the steps, then half a cosine down to 0; `polynomial`: down
            with the square root of what is left (BVLC's quick solver); `constant`.
        warmup: Share of all steps, for `one_cycle`.
        momentum: Nesterov's.
        weight_decay: Decoupled: each step takes `learning_rate * weight_decay` of the convolution and dense kernels.
        label_smoothing: Share of the target spread over all classes.
        augmentation: `crop` (random shift after padding) and `flip` (mirror), on the training split alone.
        precision: `float32`, or `bfloat16` for the layers with float32 variables and losses.
        aux_weight: Of each auxiliary head's loss; 0.3 in the paper (section 5).
    """

    epochs: int
    batch_size: int = 128
    learning_rate: float = 0.4
    schedule: str = "one_cycle"
    warmup: float = 0.25
    momentum: float = 0.9
    weight_decay: float = 5e-4
    label_smoothing: float = 0.0
    augmentation: tuple[str, ...] = ("crop", "flip")
    precision: str = "bfloat16"
    aux_weight: float = 0.3

    def __post_init__(self):
        names = self.augmentation if isinstance(self.augmentation, (list, tuple)) else (self.augmentation,)
        object.__setattr__(self, "augmentation", tuple(names))
        for name in ("epochs", "batch_size"):
            _check_count(name, getattr(self, name))
        for name, allowed in (
            ("schedule", ("one_cycle", "polynomial", "constant")),
            ("precision", ("float32", "bfloat16")),
        ):
            if getattr(self, name) not in allowed:
                raise unknown(name, getattr(self, name), allowed)
        for name in self.augmentation:
            if name not in AUGMENTATIONS:
                raise unknown("augmentation", name, AUGMENTATIONS)
        for name, low, high in (
            ("learning_rate", 1e-8, 1e3),
            ("warmup", 0, 1),
            ("momentum", 0, 0.999999),
            ("weight_decay", 0, 1),
            ("label_smoothing", 0, 0.999999),
            ("aux_weight", 0, 10),
        ):
            _check_between(name, getattr(self, name), low, high)


@dataclass(frozen=True)
class Claim:
    """What is said, by whom, and how the study would show it wrong.

    Attributes:
        statement: The claim in one sentence.
        source: Where it is from.
        variant: The arm that is compared with the baseline.
        effect: The claimed difference, variant minus baseline, in points; `None` where the source has no number.
        metric: `top1` or `top5`, on the test split.
        refuted_by: What result would contradict it.
    """

    statement: str
    source: str
    variant: str
    effect: float | None = None
    metric: str = "top1"
    refuted_by: str = ""

    def __post_init__(self):
        if self.metric not in ("top1", "top5"):
            raise unknown("metric", self.metric, ("top1", "top5"))


@dataclass(frozen=True)
class Guards:
    """What a run must reach, or it exits with 1.

    Attributes:
        params: Trainable parameters by variant, exactly.
        least_top1: Least test top-1 of every trial, from 0 to 1.
    """

    params: Mapping[str, int] = field(default_factory=dict)
    least_top1: float = 0.0


# What a study of colour images needs to run at a small size on the embedded data, seconds a trial on 2 cores.
ON_DIGITS = MappingProxyType(
    {
        "dataset": "digits",
        "image_size": 32,
        "fraction": 0.5,
        "augmentation": ("crop",),  # a mirrored digit is another sign
        "width": 0.125,
        "epochs": 3,
        "batch_size": 32,
        "learning_rate": 0.05,
        "precision": "float32",
        "batch_momentum": 0.9,  # with 60 steps, statistics of momentum 0.99 would not have arrived
    }
)


@dataclass(frozen=True)
class Reduced:
    """The study at a size for continuous integration: `settings` are those of `--set`."""

    settings: Mapping[str, object]
    seeds: int
    guards: Guards


@dataclass(frozen=True, kw_only=True)
class Study:
    """A comparison of variants under one recipe.

    Attributes:
        name: Also the name of its file and of its results folder.
        question: What it asks, in one sentence.
        dataset: TFDS name.
        recipe: Of every variant.
        base: Toggles that all variants share; `model` is one of them, a name of the zoo, `googlenet` by default.
        variants: The arms, the baseline first. Or leave them to `factors` and `design`.
        factors: Toggles with their baseline's value and the alternatives.
        design: `one_factor_at_a_time`, `leave_one_out`, `add_one_in` or `full_factorial`.
        seeds: Number of trials of each variant; their seeds are 0, 1, 2, ...
        image_size: Side in pixels to which images are resized; `None` leaves them.
        validation: Share of the training split that is cut off for choices.
        fraction: Share of the training and validation splits that is used; the test split is always whole.
        claim: What it tests.
        reduced: Its size for continuous integration.
        guards: What a run at this size must reach.
        profile: `full`, `reduced`, or the settings that were changed.
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
    image_size: int | None = None
    validation: float = 0.1
    fraction: float = 1.0
    claim: Claim | None = None
    reduced: Reduced | None = None
    guards: Guards = Guards()
    profile: str = "full"

    def __post_init__(self):
        if self.design not in DESIGNS:
            raise unknown("design", self.design, DESIGNS)
        if bool(self.variants) == bool(self.factors):
            raise UserError(f"{self.name}: give variants or factors, one of the two")
        if not isinstance(self.dataset, str) or not self.dataset:
            raise UserError(f"{self.name}: dataset must be a TFDS name, such as 'cifar10'; got {self.dataset!r}")
        _check_count("seeds", self.seeds)
        if self.image_size is not None:
            _check_count("image_size", self.image_size)
        _check_between("validation", self.validation, 0.001, 0.9)
        _check_between("fraction", self.fraction, 1e-6, 1)
        self._check_arms()

    @property
    def arms(self) -> tuple[Variant, ...]:
        """The variants, declared or made by the design; the first is the baseline."""
        return self.variants or DESIGNS[self.design](self.factors)

    @property
    def baseline(self) -> Variant:
        return self.arms[0]

    def toggles(self, variant: Variant) -> dict[str, object]:
        """Every toggle of the variant's network, the defaults too."""
        return _resolve({**self.base, **variant.overrides})

    def trials(self) -> list["Trial"]:
        """All trials, the seeds of one variant in a row."""
        return [Trial(self, variant, seed) for variant in self.arms for seed in range(self.seeds)]

    def change(self, settings: Mapping[str, object], *, profile: str | None = None) -> "Study":
        """The study with other settings: recipe fields, toggles of the base, `dataset`, `image_size`, ...

        Raises:
            UserError: An unknown name or value, or a setting that is so already.
        """
        recipe, base, own = {}, {}, {}
        current = {f.name: (recipe, getattr(self.recipe, f.name)) for f in fields(Recipe)}
        current |= {name: (own, getattr(self, name)) for name in ("dataset", "image_size", "validation", "fraction")}
        current |= {name: (base, value) for name, value in self.toggles(self.baseline).items()}
        current["preset"] = (base, self.base.get("preset", "paper"))
        for name, value in settings.items():
            if name not in current:
                raise unknown("setting", name, current)
            place, now = current[name]
            if value == now:
                raise UserError(f"{self.name}: the setting {name}={value} changes nothing: it is {now!r} already")
            place[name] = value
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
        """The study in its reduced profile, with that profile's guards."""
        if self.reduced is None:
            raise UserError(f"{self.name} has no reduced profile")
        small = self.change(self.reduced.settings, profile="reduced")
        return replace(small, seeds=self.reduced.seeds, guards=self.reduced.guards)

    def _check_arms(self):
        arms = self.arms
        if len(arms) < 2:
            raise UserError(f"{self.name}: a study compares two variants or more")
        if arms[0].overrides:
            raise UserError(f"{self.name}: the first variant is the baseline and overrides nothing; got {arms[0]}")
        names = [arm.name for arm in arms]
        for name in names:
            if names.count(name) > 1:
                raise UserError(f"{self.name}: two variants are called {name!r}")
            if not re.fullmatch(r"[a-z0-9][a-z0-9_.+-]*", name):
                raise UserError(f"{self.name}: {name!r} is no name for a variant: use a-z, 0-9, _, ., + and -")
        baseline = self.toggles(arms[0])
        seen = {json.dumps(baseline): names[0]}
        for arm in arms[1:]:
            self._check_override(arm, baseline)
            twin = seen.setdefault(json.dumps(self.toggles(arm)), arm.name)
            if twin != arm.name:
                raise UserError(f"{self.name}: the variants {twin!r} and {arm.name!r} are the same network")
        if self.claim and self.claim.variant not in names[1:]:
            raise unknown("variant in the claim", self.claim.variant, names[1:])

    def _check_override(self, arm: Variant, baseline: Mapping[str, object]):
        """Each override must change the baseline, and together they must be all that differs."""
        toggles = self.toggles(arm)
        for name, value in arm.overrides.items():
            rest = {key: other for key, other in arm.overrides.items() if key != name}
            if _resolve({**self.base, **rest}) == toggles:
                raise UserError(
                    f"{self.name}: variant {arm.name!r} overrides {name}={value!r}, which changes nothing: "
                    f"without it {name} is {baseline.get(name, value)!r} already"
                )
        if not {"model", "preset"} & set(arm.overrides):  # names of whole networks, whose toggles differ with them
            differs = {name for name in toggles if toggles[name] != baseline[name]}
            if differs != set(arm.overrides):
                raise UserError(
                    f"{self.name}: {arm.name!r} declares {sorted(arm.overrides)}, differs in {sorted(differs)}"
                )


@dataclass(frozen=True)
class Trial:
    """One variant trained with one seed: what a record is the result of."""

    study: Study
    variant: Variant
    seed: int

    @property
    def toggles(self) -> dict[str, object]:
        return self.study.toggles(self.variant)

    def configuration(self) -> dict:
        """All that decides the trial's numbers, as JSON has it (lists for tuples)."""
        experiment = self.experiment()
        return json.loads(json.dumps({**experiment, "toggles": self.toggles, "seed": self.seed}))

    def experiment(self) -> dict:
        """The part of the configuration that all trials of one table share."""
        study = self.study
        return {
            "dataset": study.dataset,
            "image_size": study.image_size,
            "validation": study.validation,
            "fraction": study.fraction,
            "recipe": asdict(study.recipe),
            "base": _resolve(study.base),
        }


def address(configuration: Mapping) -> str:
    """Content address of a configuration: 12 hexadecimal digits of its SHA-256."""
    return sha256(json.dumps(configuration, sort_keys=True).encode()).hexdigest()[:12]


def _resolve(toggles: Mapping[str, object]) -> dict[str, object]:
    """The model and every toggle of it, with the values that were left to it."""
    own = dict(toggles)
    model = own.pop("model", "googlenet")
    return {"model": model, **architecture(model).resolve(**own)}


def _check_count(name: str, value: object):
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise UserError(f"{name} must be a whole number of 1 or more; got {value!r}")


def _check_between(name: str, value: object, low: float, high: float):
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not low <= value <= high:
        raise UserError(f"{name} must be a number from {low} to {high}; got {value!r}")
