"""A study: data, recipe, variants, seeds, and the claim it tests. Imports no training code and no framework."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property

from ablations.study import changes
from ablations.study.arms import (
    check_arms,
    check_baselines,
    check_comparisons,
    check_stated,
    check_tuning,
    pairs_of,
    resolve,
)
from ablations.study.checks import check_between, check_name, check_seeds, check_whole
from ablations.study.claims import Claim, Ordering
from ablations.study.field_types import check_fields, tuples
from ablations.study.measures import check_evaluations, measure
from ablations.study.own_networks import referred
from ablations.study.recipe import Recipe, split_settings
from ablations.study.reduced import Guards, Reduced
from ablations.study.rungs import check_rungs
from ablations.study.sizes import ImageSize, image_size
from ablations.study.trial import Trial, content
from ablations.study.tuning import FIRST_SEED, Tuning
from ablations.study.variants import DESIGNS, Factor, Variant
from inception_keras.errors import UserError, unknown


@dataclass(frozen=True, kw_only=True)
class Study:
    """A comparison of variants under one recipe.

    Attributes:
        name: Name of the study, of its file and of its results folder.
        question: What the study asks, in one sentence.
        dataset: TFDS name of the data set; or files: `folder:PATH` (pictures by class), `arrow:PATH`, `numpy:FILE`.
        recipe: How every variant is trained, unless it declares a field of its own.
        base: Toggles that all variants share. `model` is one of them: a name of the zoo, `googlenet` by default. A
            variant with another model sets a toggle that its model lacks to `None`.
        variants: The arms, the baseline first; or empty, and `factors` with `design` make them.
        factors: Toggles or fields of the recipe, each with its value in the baseline and the alternatives.
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
            stored), `shifts` (the test images, moved by 1 to 8 pixels), `mirrored` (test and validation images, each
            together with its mirror image). Claims about `overfitting` need `train`, claims about a shift, such as
            `shift_4`, need `shifts`, claims about `mirrored_top1` need `mirrored`.
        rungs: Budgets in epochs at which every variant is trained, each a full schedule, the least first. Claims are
            judged at the last, which is `recipe.epochs`; the others show whether a difference shrinks, and whether the
            variants are trained out. Empty: `recipe.epochs` alone.
        rung_seeds: By rung, the trials per variant where it has fewer than `seeds`.
        floor: Least test top-1 of the better of two variants, from 0 to 1, for a verdict on them; `None` for no floor.
        tuning: The settings that are tuned for each variant, on the validation split, before the run.
        choice: By variant, what its tuning chose: `records.tuning.tuned` fills it in from the results.
        edges: Variants whose tuning ended at an edge of what it tried, also from the results.
        retired: Why its claims no longer count among those that matter: the ledger's first page leaves them out. Its
            records and its page stay.
        reads_test: Whether trials are evaluated on the test split; those of a tuning never are.
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
    rungs: tuple[int, ...] = ()
    rung_seeds: Mapping[int, int] = field(default_factory=dict)
    floor: float | None = None
    tuning: Tuning | None = None
    choice: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    edges: tuple[str, ...] = ()
    retired: str = ""
    reads_test: bool = True
    reduced: Reduced | None = None
    guards: Guards = field(default_factory=Guards)
    profile: str = "full"

    def __post_init__(self):
        check_name("study", self.name)
        check_fields(self)
        for name, values in tuples(self).items():
            object.__setattr__(self, name, values)
        object.__setattr__(self, "base", referred(self.base))
        for name in ("rung_seeds", "choice"):  # a mapping that can't be pickled would reach no worker
            object.__setattr__(self, name, dict(getattr(self, name)))
        if self.design not in DESIGNS:
            raise unknown("design", self.design, DESIGNS)
        if not isinstance(self.classes, (list, tuple)) or not all(isinstance(name, str) for name in self.classes):
            raise UserError(f"{self.name}: classes must be names, such as ('airplane', 'ship'); got {self.classes!r}")
        object.__setattr__(self, "classes", tuple(self.classes))  # lists come from JSON and from command lines
        if bool(self.variants) == bool(self.factors):
            raise UserError(f"{self.name}: give either variants or factors")
        if not isinstance(self.dataset, str) or not self.dataset:
            allowed = "a TFDS name, such as 'cifar10', 'folder:PATH', 'arrow:PATH' or 'numpy:FILE'"
            raise UserError(f"{self.name}: dataset must be {allowed}; got {self.dataset!r}")
        check_seeds(self.seeds)
        check_whole("first_seed", self.first_seed, 0, 10**6)
        if self.image_size is not None:
            object.__setattr__(self, "image_size", image_size(self.image_size))
        check_between("validation", self.validation, 0.001, 0.9)
        check_between("fraction", self.fraction, 1e-6, 1)
        if self.secondary and self.claim is None:
            raise UserError(f"{self.name}: secondary claims need a primary one: give it as claim")
        if self.ordering and self.claim:
            raise UserError(f"{self.name}: a study tests either a claim or an ordering")
        if self.floor is not None:
            check_between("floor", self.floor, 0, 1)
        rungs = self.rungs if isinstance(self.rungs, (list, tuple)) else (self.rungs,)
        object.__setattr__(self, "rungs", tuple(rungs))
        check_rungs(self.name, self.rungs, self.rung_seeds, self.recipe.epochs, self.seeds)
        check_evaluations(self.evaluations, self.recipe.augmentation, [measure(claim.metric) for claim in self.claims])
        check_baselines(self.name, self.factors, self.base, self.recipe)
        alone = self.ordering is not None
        check_arms(self.name, self.arms, self.base, self.recipe, self.choice, alone=alone)
        if self.reads_test:  # a tuning tries one setting after another, and the next may need what was stated
            check_stated(self.name, self.arms, self.base, self.recipe, self.tuned)
        object.__setattr__(self, "comparisons", pairs_of(self.name, self.comparisons))
        claimed = [(claim, self.claimed_pair(claim)) for claim in self.claims]
        names = [arm.name for arm in self.arms]
        check_comparisons(self.name, names, self.comparisons, claimed, self.pairs)
        self.guards.check_variants(self.name, names)
        if self.tuning:
            self._check_tuning(self.tuning)

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

    @property
    def budgets(self) -> tuple[int, ...]:
        """The epochs of every rung, the least first; those of the recipe for a study without rungs."""
        return self.rungs or (self.recipe.epochs,)

    @property
    def untuned(self) -> bool:
        """Whether it declares a tuning whose choice is not known yet."""
        return self.tuning is not None and not self.choice

    @property
    def tuned(self) -> tuple[str, ...]:
        """The settings that its tuning chooses."""
        return tuple(self.tuning.grid) if self.tuning else ()

    def seeds_at(self, epochs: int) -> range:
        """The seeds of a rung: the first of the study's, as many as the rung has."""
        return self.seed_range[: self.rung_seeds.get(epochs, self.seeds)]

    def at(self, epochs: int | None = None) -> "Study":
        """The study at one rung alone, by default at the last, which claims are judged at: a study without rungs."""
        budget = self.recipe.epochs if epochs is None else epochs
        if not self.rungs and budget == self.recipe.epochs:
            return self
        if budget not in self._rungs:
            recipe, seeds = replace(self.recipe, epochs=budget), len(self.seeds_at(budget))
            self._rungs[budget] = replace(self, recipe=recipe, rungs=(), rung_seeds={}, seeds=seeds)
        return self._rungs[budget]

    @cached_property
    def _rungs(self) -> "dict[int, Study]":
        """The studies that `at` has made, by epochs: each is checked as a whole, and the ledger asks many times."""
        return {}

    def toggles(self, variant: Variant) -> dict[str, object]:
        """Every toggle of the variant's network, with defaults filled in."""
        chosen, _ = split_settings(self.choice.get(variant.name, {}))
        return resolve({**self.base, **variant.overrides, **chosen})

    def recipe_of(self, variant: Variant) -> Recipe:
        """How the variant is trained at the last rung: the study's recipe with what the variant declares and tunes."""
        _, chosen = split_settings(self.choice.get(variant.name, {}))
        return replace(self.recipe, **{**variant.recipe, **chosen})

    def recipe_differences(self, baseline: str, variant: str) -> dict[str, tuple[object, object]]:
        """By field, its values in the recipes of two variants, where these differ."""
        arms = {arm.name: arm for arm in self.arms}
        first, second = (self.recipe_of(arms[name]) for name in (baseline, variant))
        values = ((f.name, getattr(first, f.name), getattr(second, f.name)) for f in fields(Recipe))
        return {name: (own, other) for name, own, other in values if own != other}

    def trials(self) -> list[Trial]:
        """All trials, the last rung first; of each rung variant by variant, in the order of the seeds."""
        return [
            Trial(self, variant, seed, epochs)
            for epochs in reversed(self.budgets)
            for variant in self.arms
            for seed in self.seeds_at(epochs)
        ]

    def trials_at(self, rung: int | None) -> list[Trial]:
        """The trials of one rung, or of all."""
        return [trial for trial in self.trials() if rung in (None, trial.rung)]

    @cached_property
    def by_content(self) -> dict[str, Trial]:
        """A trial of each arm at each rung, by `trial.content`: hundreds of records are looked up in it, many times."""
        trials = (Trial(self, arm, self.first_seed, epochs) for arm in self.arms for epochs in self.budgets)
        return {content(trial.configuration()): trial for trial in trials}

    def change(self, settings: Mapping[str, object], *, profile: str | None = None) -> "Study":
        """The study with other settings: see `changes.change`."""
        return changes.change(self, settings, profile)

    def with_seeds(self, seeds: int) -> "Study":
        """The study with another number of trials per variant; a rung that has fewer keeps its own."""
        check_seeds(seeds)
        fewer = {rung: count for rung, count in self.rung_seeds.items() if count < seeds}
        return replace(self, seeds=seeds, rung_seeds=fewer)

    def reduce(self) -> "Study":
        """The study in its reduced profile: see `changes.reduce`."""
        return changes.reduce(self)

    def _check_tuning(self, tuning: Tuning):
        check_tuning(self.name, tuning, self.arms, self.base, self.recipe)
        if self.first_seed + self.seeds > FIRST_SEED:
            raise UserError(
                f"{self.name}: seeds from {FIRST_SEED:,} are those of the tuning, so the study's end before them"
            )
        for name in self.choice:
            if name not in (arm.name for arm in self.arms):
                raise unknown("variant in the choice", name, [arm.name for arm in self.arms])
