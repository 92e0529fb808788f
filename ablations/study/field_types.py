"""What the fields of a study are, so that a value of another kind is refused in one line that shows a right one."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ablations.study.checks import as_tuple, check_settings, check_type
from ablations.study.claims import Claim, Ordering
from ablations.study.recipe import Recipe
from ablations.study.reduced import Guards, Reduced
from ablations.study.tuning import Tuning
from ablations.study.variants import Factor, Variant

if TYPE_CHECKING:
    from ablations.study.study import Study

FIELDS = {
    "question": (str, "a sentence"),
    "recipe": (Recipe, "a Recipe, such as Recipe(epochs=6)"),
    "design": (str, "the name of a design, such as 'full_factorial'"),
    "paired": (bool, "True or False"),
    "rung_seeds": (Mapping, "seeds by rung, such as {3: 2}"),
    "choice": (Mapping, "settings by variant, such as {'gap': {'learning_rate': 0.1}}"),
    "retired": (str, "a sentence"),
    "reads_test": (bool, "True or False"),
    "guards": (Guards, "Guards, such as Guards(least_top1=0.5)"),
    "profile": (str, "a name, such as 'full'"),
}
OPTIONAL = {  # these may be `None`
    "claim": (Claim, "a Claim, such as Claim('fc is better', 'a paper', variant='fc')"),
    "ordering": (Ordering, "an Ordering, such as Ordering('more models are better', 'a paper')"),
    "tuning": (Tuning, "a Tuning, such as Tuning(grid={'learning_rate': (0.1, 0.2)}, epochs=6)"),
    "reduced": (Reduced, "a Reduced, such as Reduced(settings={'epochs': 1}, seeds=1, guards=Guards())"),
}
TUPLES = {
    "variants": (Variant, "Variants, such as (Variant('gap'), Variant('fc', {'head': 'fc'}))"),
    "factors": (Factor, "Factors, such as (Factor('head', 'gap', ('fc',)),)"),
    "secondary": (Claim, "Claims, such as (Claim('fc is better', 'a paper', variant='fc'),)"),
    "evaluations": (str, "names, such as ('train',)"),
    "edges": (str, "names of variants, such as ('gap',)"),
}


def check_fields(study: "Study"):
    """Checks the kinds of a study's fields.

    Raises:
        UserError: A field is of another kind.
    """
    for name, (kind, like) in FIELDS.items():
        check_type(f"{study.name}: {name}", getattr(study, name), kind, like)
    for name, (kind, like) in OPTIONAL.items():
        if getattr(study, name) is not None:
            check_type(f"{study.name}: {name}", getattr(study, name), kind, like)
    check_settings(f"{study.name}: base", study.base, "toggles by name, such as {'width': 0.5}, or {} for none")


def tuples(study: "Study") -> dict[str, tuple]:
    """The fields that are tuples; lists come from JSON.

    Raises:
        UserError: One is none, or has values of another kind.
    """
    return {
        name: as_tuple(f"{study.name}: {name}", getattr(study, name), kind, like)
        for name, (kind, like) in TUPLES.items()
    }
