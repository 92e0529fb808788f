"""The command `times`."""

from typing import Annotated

import typer

from ablations.cli.options import (
    RESULTS,
    DataDir,
    Out,
    Precision,
    Reduced,
    Settings,
    StudyName,
    chosen_study,
)
from inception_keras.cli.console import console, print_table
from inception_keras.cli.waiting import waiting
from inception_keras.errors import UserError


def times(
    study: StudyName,
    reduced: Reduced = False,
    out: Out = RESULTS,
    data_dir: DataDir = None,
    settings: Settings = None,
    precision: Precision = None,
    rounds: Annotated[
        int, typer.Option("--rounds", min=3, metavar="N", help="How often both variants are timed in turn.")
    ] = 15,
):
    """Times the training steps of every comparison's two variants, in turn in one process; keeps DIR/STUDY/times."""
    from ablations.cli.probing import open_worker
    from ablations.files import prove_writable
    from ablations.records.paired_times import FOLDER, save_times, tested_pairs

    chosen, screen = chosen_study(study, out, reduced, None, settings, precision), console()
    folder, pairs = out / chosen.name, tested_pairs(chosen)
    if not pairs:
        raise UserError(f"{chosen.name} compares no variants: there are no two to time")
    prove_writable(folder / FOLDER)
    worker, rows = open_worker(chosen, data_dir), []
    for number, pair in enumerate(pairs, start=1):
        with waiting(f"timing {pair[1]} and {pair[0]} in turn ({number} of {len(pairs)})"):
            found = worker.time_pair(*pair, rounds)
        path = save_times(chosen, folder, found)
        least, most = min(found.differences), max(found.differences)
        rows.append((pair[1], pair[0], f"{found.difference:+.1f}%", f"{least:+.1f}% to {most:+.1f}%", str(rounds)))
        screen.print(f"kept: {path}", markup=False, highlight=False, soft_wrap=True)
    columns = ["variant", "baseline", "time of a step", "range", "n"]
    print_table(screen, f"{chosen.name} ({chosen.profile}): steps timed in turn", columns, rows)
    screen.print(found.hardware_words(), markup=False, highlight=False)
