"""Which arms of a study take equally long per training step, so that the time of one holds for the others."""

from dataclasses import asdict

from ablations.study.recipe import Recipe
from ablations.study.study import Study

# Numbers in operations that run whatever the number is; a schedule computes one number per step.
NUMBERS = (
    "learning_rate",
    "schedule",
    "warmup",
    "final_rate",
    "aux_weight",
    "crop_pixels",
    "second_momentum",
    "average_decay",
)
# Numbers whose operations are left out at this value.
OFF = {"momentum": 0.0, "weight_decay": 0.0, "label_smoothing": 0.0, "beta_rate": 1.0}


def equal_steps(study: Study) -> dict[str, str]:
    """By arm, the first arm of the study whose network and operations per step are the same; often the arm itself."""
    first: dict[str, str] = {}
    return {
        arm.name: first.setdefault(f"{study.toggles(arm)} {_operations(study.recipe_of(arm))}", arm.name)
        for arm in study.arms
    }


def _operations(recipe: Recipe) -> dict[str, object]:
    """What a recipe computes, whatever the numbers in it are."""
    fields = asdict(recipe)
    switched = {name: fields[name] != off for name, off in OFF.items()}
    return {name: value for name, value in (fields | switched).items() if name not in NUMBERS}
