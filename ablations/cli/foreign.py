"""Commands for results of other programs: `compare` and `power`. Neither needs a framework."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ablations.cli.options import JUnit, Summary, show_page
from ablations.files import prove_file, prove_writable
from inception_keras.cli.console import console, print_table, say
from inception_keras.errors import UserError

if TYPE_CHECKING:
    from ablations.foreign.arms import Foreign

Run = Annotated[str | None, typer.Option("--run", metavar="COLUMN", help="The column that names the arm.")]
Seed = Annotated[str | None, typer.Option("--seed", metavar="COLUMN", help="The column of seeds; equal ones pair.")]
Example = Annotated[str | None, typer.Option("--example", metavar="COLUMN", help="The column of test examples.")]
Score = Annotated[str | None, typer.Option("--score", metavar="COLUMN", help="The column of scores.")]
Arms = Annotated[str | None, typer.Option("--arms", metavar="A,B,...", help="Columns of scores, one per arm.")]
Where = Annotated[
    list[str] | None, typer.Option("--where", metavar="COLUMN=VALUE", help="Keep these rows; repeatable.")
]
Unit = Annotated[
    str,
    typer.Option("--unit", metavar="UNIT", help="Of the scores: auto, fraction, percent, or plain for no accuracies."),
]
Less = Annotated[
    bool | None, typer.Option("--less-is-better/--more-is-better", help="Default: by the name of the score.")
]
MeasureName = Annotated[
    str,
    typer.Option(
        "--measure",
        metavar="NAME",
        help="Of columns label and prediction: accuracy, balanced_accuracy, macro_f1, class:NAME, module:function; "
        "calibration_error, of confidence too.",
    ),
]
Unpaired = Annotated[bool, typer.Option("--unpaired", help="Do not take runs with the same seed as pairs.")]


def compare(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="CSV, JSON (lines), Parquet or NumPy; the first arm is the baseline."),
    ],
    claim: Annotated[
        str | None,
        typer.Option(
            "--claim", metavar="CLAIM", help="What is claimed of the other arms: better, worse, equal. Default: better."
        ),
    ] = None,
    effect: Annotated[
        float | None,
        typer.Option(
            "--effect",
            metavar="X",
            help="The claimed difference, in points where scores are shares. Default: none, so that any size will do.",
        ),
    ] = None,
    margin: Annotated[
        float | None,
        typer.Option(
            "--margin",
            metavar="X",
            help="Smaller differences count as none; in the same unit. Default: none, so that no arm can come out as "
            "equivalent.",
        ),
    ] = None,
    baseline: Annotated[str | None, typer.Option("--baseline", metavar="ARM", help="Default: the first arm.")] = None,
    run: Run = None,
    seed: Seed = None,
    example: Example = None,
    score: Score = None,
    arms: Arms = None,
    where: Where = None,
    unit: Unit = "auto",
    less: Less = None,
    unpaired: Unpaired = False,
    measure: MeasureName = "accuracy",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Also write comparison.html, .md and .csv.")
    ] = None,
    opened: Annotated[bool, typer.Option("--open", help="Open the page in a browser; needs --out.")] = False,
    not_worse: Annotated[
        float | None,
        typer.Option(
            "--not-worse", metavar="X", help="Exit with 1 unless no arm is worse than the baseline by X, in points."
        ),
    ] = None,
    summary: Summary = None,
    junit: JUnit = None,
):
    """Judges results of other programs by the rules of a study, and names what it had to assume."""
    if opened and out is None:
        raise UserError("--open opens the page that --out writes: type --out DIR")
    if junit is not None and not_worse is None:
        raise UserError("--junit writes what --not-worse checks: type --not-worse X")
    prove_file(summary, "--summary")
    prove_file(junit, "--junit")
    if out is not None:
        prove_writable(out)
    from ablations.evidence.foreign import check_margin, check_not_worse, judge
    from ablations.evidence.stated import Stated
    from ablations.report import foreign as report
    from ablations.report import gate

    if not_worse is not None:
        check_margin(not_worse)
    stated = Stated(claim, effect, margin)
    results = _read(files, run, seed, example, score, arms, where, unit, less, unpaired, measure)
    found = judge(results, stated, baseline)
    screen = console()
    for table in (report.arms(found), report.comparisons(found)):
        rows = list(table.itertuples(index=False))
        print_table(screen, "", list(table.columns), rows, numbers=("runs", "examples"), optional=report.OPTIONAL)
    for one in found.judged:
        say(screen, f"{one.evidence.variant}: {report.sentence(one)}")
    for note in found.assumptions:
        say(screen, f"assumed: {note}")
    if out is not None:
        from ablations.report.html.comparison import write_comparison

        written = write_comparison(found, out)
        screen.print(f"written: {', '.join(map(str, written))}", soft_wrap=True)
        if opened:
            show_page(written[0], opened)
    checks = [] if not_worse is None else check_not_worse(found, not_worse)
    for check in checks:
        say(screen, check.broken or f"{check.name}: shown", "red" if check.broken else "")
    if summary is not None:
        gate.append_summary(report.page(found), checks, summary)
    if junit is not None:
        gate.write_junit({"compare": checks}, junit)
    raise typer.Exit(1 if any(check.broken for check in checks) else 0)


def power(
    values: Annotated[
        list[str],
        typer.Argument(metavar="SD EFFECT | FILE... [EFFECT]", help="A spread and a difference, or files of results."),
    ],
    correlation: Annotated[
        float, typer.Option("--correlation", metavar="R", help="Of two arms over the seeds, with SD EFFECT.")
    ] = 0.0,
    run: Run = None,
    seed: Seed = None,
    example: Example = None,
    score: Score = None,
    arms: Arms = None,
    where: Where = None,
    unit: Unit = "auto",
    unpaired: Unpaired = False,
    measure: MeasureName = "accuracy",
):
    """Says how many seeds (of single runs: test examples) a difference takes, by its spread or by results."""
    from ablations.evidence import planning
    from ablations.study.decimals import ZERO, plain

    numbers = [_as_number(value) for value in values]
    screen = console()
    if numbers[0] is not None:
        if len(numbers) != 2 or numbers[1] is None:
            raise UserError("type `power SD EFFECT`, such as `power 0.4 0.6`, or `power A.csv`")
        say(screen, _sentence(planning.plan(numbers[0], numbers[1], correlation)))
        return
    if correlation:
        raise UserError("--correlation goes with `power SD EFFECT`: files show how their arms correlate")
    effects = [number for number in numbers if number is not None]
    files = [Path(value) for value, number in zip(values, numbers, strict=True) if number is None]
    # a spread is the same whether more or less is better
    results = _read(files, run, seed, example, score, arms, where, unit, False, unpaired, measure)
    for note in results.notes:
        say(screen, f"assumed: {note}")
    for spread in planning.spreads(results):
        known = spread.detectable < float("inf")
        shown = f"{plain(spread.detectable, results.unit)} {results.unit}" if known else "nothing"
        say(screen, f"spread of {spread.origin}; {spread.counted} show {shown}")
        if spread.over == "examples":
            say(
                screen,
                "one run each, so examples of the same kind are counted; other seeds may give another difference",
            )
        wanted = effects or planning.EFFECTS[results.unit] or (spread.sd / 2, spread.sd)
        for effect in wanted if spread.sd > ZERO else ():
            say(screen, _sentence(spread.plan(effect), results.unit, spread.tests))


def _sentence(plan, unit: str = "", tests: int = 1) -> str:
    from ablations.study.decimals import amount

    things = "seeds per arm" if plan.over == "seeds" else "examples"
    among = f" among {tests} tests" if tests > 1 else ""
    return (
        f"{amount(plan.effect, unit).strip()}: {plan.to_show} {things} show it (80% power, two-sided at 5%{among}); "
        f"{plan.to_exclude} show that equal arms differ by less"
    )


def _as_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _read(files, run, seed, example, score, arms, where, unit, less, unpaired, measure) -> "Foreign":
    from ablations.foreign.arms import read_arms
    from ablations.foreign.asked import Asked

    columns = tuple(name.strip() for name in arms.split(",")) if arms else ()
    asked = Asked(run, seed, example, score, columns, tuple(where or ()), unit, less, not unpaired, measure)
    return read_arms(files, asked)
