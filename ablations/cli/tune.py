"""The command `tune`."""

import time

from ablations.cli.options import (
    RESULTS,
    Budget,
    DataDir,
    Distribute,
    Jobs,
    Limit,
    Out,
    Precision,
    Ray,
    Reduced,
    Settings,
    StudyName,
    chosen_study,
    place_options,
    results_folder,
    typed_words,
)
from inception_keras.backend import backend_label
from inception_keras.cli.console import console, print_table, say, working


def tune(
    study: StudyName,
    reduced: Reduced = False,
    out: Out = RESULTS,
    data_dir: DataDir = None,
    settings: Settings = None,
    precision: Precision = None,
    jobs: Jobs = None,
    ray: Ray = None,
    limit: Limit = None,
    budget: Budget = None,
    distribute: Distribute = "none",
):
    """Chooses the settings of each variant on the validation split, before `run`; the test split is never read."""
    from ablations.runner.loggers.console import ConsoleReporter
    from ablations.runner.pools.base import WorkerPool
    from ablations.runner.pools.choose import choose_pool
    from ablations.runner.tune import tune_study

    deadline = None if budget is None else time.monotonic() + 60 * budget
    chosen, screen = chosen_study(study, out, reduced, None, settings, precision), console()
    folder = results_folder(study, chosen, out)

    loading = working(screen, f"loading {backend_label()}")

    def reporter(missing: int, finished: int) -> ConsoleReporter:
        loading.stop()
        return ConsoleReporter(missing, finished, console=screen)

    def pool() -> WorkerPool:
        return choose_pool(jobs, ray, distribute, trials=len(chosen.arms))  # of a setting at least so many are tried

    with loading:
        choice = tune_study(chosen, out, data_dir, reporter, pool, limit, distribute, deadline)
    if choice is None:
        places = place_options(out, data_dir)
        words = [*typed_words(study, reduced, settings, precision), *places, f"--budget {budget:g}"]
        sentence = f"the time is up before {study} is tuned; type `python -m ablations tune {' '.join(words)}` to go on"
        screen.print(sentence, markup=False, highlight=False, soft_wrap=True)
        return
    from ablations.report import tuning

    written, table = tuning.write_tuning(choice, chosen, folder), tuning.display(choice)
    title = f"{choice.study} ({choice.profile}): tuning"
    print_table(screen, title, list(table.columns), list(table.itertuples(index=False)), ("value", "n"))
    say(screen, tuning.about(choice))
    for sentence in choice.warnings:
        say(screen, f"warning: {sentence}", "yellow")
    screen.print(f"tables: {', '.join(map(str, written))}", highlight=False, soft_wrap=True)
