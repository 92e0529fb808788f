"""Rungs: the budgets of epochs at which a study trains every arm, each with a full schedule of its own."""

from collections.abc import Mapping

from ablations.study.checks import check_count
from inception_keras.errors import UserError


def check_rungs(name: str, rungs: tuple[int, ...], rung_seeds: Mapping[int, int], epochs: int, seeds: int):
    """Checks the rungs of a study.

    Args:
        name: Of the study.
        rungs: Its budgets in epochs; empty for none but the recipe's.
        rung_seeds: Trials per arm of the rungs that have fewer than the study.
        epochs: Of the recipe.
        seeds: Trials per arm at the last rung.

    Raises:
        UserError: They do not increase, do not end with the recipe's epochs, or a number of seeds can't be.
    """
    for rung in rungs:
        check_count(f"a rung of {name}", rung)
    if rungs and (len(rungs) < 2 or list(rungs) != sorted(set(rungs))):
        raise UserError(f"{name}: rungs are two numbers of epochs or more, each greater than the last; got {rungs}")
    if rungs and rungs[-1] != epochs:
        raise UserError(
            f"{name}: claims are judged at the last rung, so it has the recipe's epochs: {epochs}, not {rungs[-1]}"
        )
    for rung, count in rung_seeds.items():
        check_count(f"the seeds of rung {rung}", count)
        if rung not in rungs[:-1]:
            raise UserError(
                f"{name}: rung_seeds may name the rungs {rungs[:-1]}, not {rung}; the last one has all seeds"
            )
        if count > seeds:
            raise UserError(f"{name}: rung {rung} has {count} seeds, more than the last rung, which has {seeds}")


def scale_rungs(rungs: tuple[int, ...], old: int, new: int) -> dict[int, int]:
    """The rungs of a study whose recipe changes from `old` to `new` epochs: old rung to new one, at least one epoch.

    Of rungs that become the same number only the last is kept.

    >>> scale_rungs((6, 12, 24), 24, 3)
    {6: 1, 12: 2, 24: 3}
    >>> scale_rungs((6, 12, 24), 24, 2)
    {12: 1, 24: 2}
    """
    scaled = {max(1, round(rung * new / old)): rung for rung in rungs}
    return {rung: size for size, rung in scaled.items()} if len(scaled) > 1 else {}
