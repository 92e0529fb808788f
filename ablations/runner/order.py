"""The order of a run whose time is limited: the trials that would decide most come first."""

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
