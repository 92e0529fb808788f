"""Which waiting trial a worker takes: few graphs are traced, and in a limited time what decides most comes first."""

from collections.abc import Container, Sequence

from ablations.study import Study, Trial


def decisiveness(study: Study, trial: Trial) -> tuple[bool, bool, int, int]:
    """The place of a trial in the order; trials with equal places, of one seed, make a pair.

    First come the two variants of the primary claim, seed by seed, so that whole pairs are there when the time is up:
    at the last rung, then at the one before it, without which nobody knows whether they are trained out. Then come the
    other variants at these two rungs, then the shorter rungs, the longest first.
    """
    claimed = study.claimed_pair(study.claim) if study.claim else study.pairs[0] if study.pairs else ()
    judged = trial.rung in study.budgets[-2:]
    return not judged, trial.variant.name not in claimed, -trial.rung, trial.seed


def graph(trial: Trial) -> tuple[str, int]:
    """What a worker traces once: trials with equal ones need no other tracing."""
    return trial.variant.name, trial.rung


def by_preference(
    study: Study, waiting: Sequence[Trial], traced: tuple | None, elsewhere: Container[tuple | None], *, limited: bool
) -> list[Trial]:
    """The waiting trials, those that a worker should take first before the others.

    First those whose graph it has `traced`, then those that no worker has, then those that are traced `elsewhere`. If
    the time is `limited`, those that decide most come before all of this.
    """

    def rank(trial: Trial) -> tuple:
        own = graph(trial)
        known = 0 if own == traced else 2 if own in elsewhere else 1
        return (*(decisiveness(study, trial) if limited else ()), known)

    return sorted(waiting, key=rank)
