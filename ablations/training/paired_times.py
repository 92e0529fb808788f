"""Times the training steps of two variants in turn, in one process: what disturbs the machine meets both of them."""

from collections.abc import Sequence

from ablations.training.callback import TrialCallback
from ablations.training.progress import TrialListener
from ablations.training.trainer import Trainer

STEPS = 10  # per round and variant, or three dispatches of many steps


def time_in_turn(trainers: Sequence[Trainer], rounds: int) -> list[list[float]]:
    """Seconds per step by trainer and round: the median over the steps of a round. The weights are useless afterwards.

    Each round trains every trainer for a few steps, in the opposite order of the round before. A first round, which
    traces the graphs, is not counted.
    """
    paces: list[list[float]] = [[] for _ in trainers]
    for number in range(rounds + 1):
        places = range(len(trainers)) if number % 2 else reversed(range(len(trainers)))
        for place in places:
            pace = _pace(trainers[place], number)
            if number:
                paces[place].append(pace)
    return paces


def _pace(trainer: Trainer, epoch: int) -> float:
    callback = TrialCallback(TrialListener(), float("inf"))  # a loss that explodes takes as long as any other
    steps = min(max(STEPS, 3 * trainer.epochs.together), trainer.steps)
    with trainer.devices.scope():
        trainer.epochs.train(0, epoch, callback, steps)
    return callback.times({}, 0.0)["step"]
