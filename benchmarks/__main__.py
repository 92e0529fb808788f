"""python -m benchmarks: list, run, report, profile."""

import importlib.util
import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ablations.environment import fastest_precision, gpus, processor_kind
from benchmarks.cases import CASES, DEVICES, Case, select
from benchmarks.contestants import CONTESTANTS, choose
from inception_keras.cli.commands import App
from inception_keras.cli.console import console, print_table
from inception_keras.cli.running import run_app
from inception_keras.errors import UserError, unknown

RESULTS = Path("results/benchmarks")

app = App("Times this repository beside plain Keras and torchvision, in one run.")


@app.command("list")
def list_cases():
    """Lists the cases and the contestants."""
    screen = console()
    print_table(screen, "Cases", ("case", "what"), [(case.name, case.why) for case in CASES])
    rows = [(name, one.why, f"not here: {one.install}" if one.missing else "yes") for name, one in CONTESTANTS.items()]
    print_table(screen, "Contestants", ("contestant", "what", "installed"), rows)


@app.command()
def run(
    cases: Annotated[
        list[str] | None,
        typer.Option("--cases", metavar="CASE", help="A name or pattern; repeatable. Default: all of --device."),
    ] = None,
    contestants: Annotated[
        list[str] | None,
        typer.Option(
            "--contestants", metavar="NAME", help="Time these and the first of each case; repeatable. Default: all."
        ),
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(
            "--device", metavar="cpu|gpu", help="Whose cases to time without --cases. Default: gpu if there is one."
        ),
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds per contestant; a measurement needs 5 or more.")] = 5,
    seconds: Annotated[float, typer.Option(min=0.01, help="Least seconds per round.")] = 6.0,
    fraction: Annotated[float, typer.Option(help="Fraction of the images in the epoch cases.")] = 1.0,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Folder for the tables. Default: results/benchmarks/gpu, or the processor's fastest instructions, "
            "such as results/benchmarks/avx2.",
        ),
    ] = None,
    data_dir: Annotated[
        str | None, typer.Option("--data-dir", metavar="DIR", help="Where TFDS keeps prepared sets (or TFDS_DATA_DIR).")
    ] = None,
):
    """Times the cases; writes timings.csv, about.json, table.csv and table.md.

    Other cases that --out has from this machine stay.
    """
    from ablations.files import prove_writable
    from ablations.study.checks import check_between
    from benchmarks import page, whole

    check_between("fraction", fraction, 0.001, 1)
    chosen = [_fit(case, contestants, fraction, data_dir) for case in _cases(cases, device)]
    out = out or RESULTS / ("gpu" if chosen[0].device == "gpu" else processor_kind())
    prove_writable(out)
    screen = console()
    text = whole.run(
        chosen,
        CONTESTANTS,
        rounds=rounds,
        seconds=seconds,
        out=out,
        busy=page.busy(),
        tell=lambda sentence: screen.print(sentence, markup=False, highlight=False),
    )
    screen.print(text, markup=False, highlight=False, soft_wrap=True)


@app.command()
def report(
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder with tables, also in folders below.")
    ] = RESULTS,
):
    """Makes the tables and pages again from the rounds of earlier runs; times nothing."""
    from benchmarks import folder, whole

    found = sorted(path.parent for path in out.rglob(folder.ROUNDS))
    if not found:
        raise UserError(f"there is no {folder.ROUNDS} below {out}: type `python -m benchmarks run --out {out}`")
    for one in found:
        whole.write(folder.read(one), one)
        console().print(str(one / "table.md"), markup=False, highlight=False, soft_wrap=True)


@app.command()
def profile(
    case: Annotated[str, typer.Argument(metavar="CASE", help="A case of training, such as train_small_float32.")],
    steps: Annotated[int, typer.Option(min=1, help="Steps to trace.")] = 20,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Also write DIR/CASE.md and DIR/CASE.csv.")
    ] = None,
):
    """Shows where the time of a training step goes, on one core of a processor."""
    from ablations.environment import commit
    from ablations.files import prove_writable, write_files
    from benchmarks import page
    from benchmarks import profile as profiles
    from benchmarks.folder import Origin, this_machine

    trainings = {one.name: one for one in CASES if one.work == "train" and one.device == "cpu"}
    if case not in trainings:
        raise unknown("case", case, trainings)
    if out is not None:
        prove_writable(out)
    busy = page.busy()
    found, seconds = profiles.profile(trainings[case], steps)
    rows = profiles.cells(found)
    screen = console()
    print_table(screen, case, profiles.COLUMNS, rows, numbers=profiles.COLUMNS[1:])
    pace = profiles.pace(trainings[case], seconds)
    screen.print(pace, markup=False, highlight=False)
    if out is not None:
        text = profiles.render(case, rows, pace, this_machine(), Origin(trainings[case].why, commit(), busy))
        write_files(out, {f"{case}.csv": found.to_csv(index=False), f"{case}.md": text})


def _cases(patterns: list[str] | None, device: str | None) -> list[Case]:
    """The cases that the patterns name, else those of the device. On a GPU, JAX is the default backend if installed.

    A pattern such as `*_small_*` matches cases of both devices: those of the other one are left out.

    Raises:
        UserError: The device or a pattern is unknown.
    """
    if device is not None and device not in DEVICES:
        raise unknown("--device", device, DEVICES)
    device = device or ("gpu" if gpus() else "cpu")
    if device == "gpu" and importlib.util.find_spec("jax"):
        os.environ.setdefault("KERAS_BACKEND", "jax")  # the contestants' processes inherit it
    found = select(patterns or ["*"])
    return [case for case in found if case.device == device] or found


def _fit(case: Case, contestants: list[str] | None, fraction: float, data_dir: str | None) -> Case:
    """The case with what the user chose, and with a precision instead of `auto`."""
    why = f"{case.why}; {fraction:.3g} of the images" if case.dataset and fraction < 1 else case.why
    who = tuple(choose(case.contestants, contestants))
    if case.precision == "auto":
        case = replace(case, precision=fastest_precision())
        why = f"{why}; in {case.precision}, which is fast here"
    return replace(case, why=why, contestants=who, fraction=fraction, data_dir=data_dir)


def main():
    """The command line."""
    run_app(app)


if __name__ == "__main__":
    main()
