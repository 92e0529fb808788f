"""A fake contestant that takes milliseconds, to test the clock of the benchmarks; `setting` says what it does."""

import os
import time

from benchmarks.contestants import Task
from inception_keras.errors import UserError

SECONDS = {"fast": 0.002, "slow": 0.02}


def prepare(case, setting):
    if setting == "careless":
        raise UserError("say it in one line")
    if setting == "broken":
        raise ValueError("two\nlines")

    def run(steps):
        if setting == "dies":
            os._exit(7)
        time.sleep(SECONDS[setting] * steps)

    return Task(run=run, params=1, macs=1000, images=case.batch, device="a chair")
