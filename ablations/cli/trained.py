"""Commands that need trained networks with kept weights: `ensemble`, `explain` and `deploy`."""

from typing import Annotated

import typer

from ablations.cli.options import (
    RESULTS,
    DataDir,
    Precision,
    ReadAndWritten,
    Reduced,
    Seeds,
    Settings,
    StudyName,
    chosen_study,
    results_folder,
    typed_words,
)
from inception_keras.backend import backend_label
from inception_keras.cli.console import console, print_table, say
from inception_keras.cli.loading import load_visibly
from inception_keras.cli.waiting import waiting


def ensemble(
    study: StudyName,
    models: Annotated[
        str, typer.Option("--models", metavar="K,K", help="How many trials to average, one row per number.")
    ] = "1,7",
    crops: Annotated[str, typer.Option("--crops", metavar="N,N", help="Crops per image: 1, 10, 144.")] = "1,10,144",
    reduced: Reduced = False,
    out: ReadAndWritten = RESULTS,
    data_dir: DataDir = None,
    seeds: Seeds = None,
    settings: Settings = None,
    precision: Precision = None,
):
    """Averages trials and crops on the test images, from weights that `run --keep-weights` kept."""
    from ablations.files import prove_writable, write_files
    from ablations.inspection.ensembles import check_rows, evaluate_ensembles
    from ablations.records.store import Store
    from inception_keras.cli.settings import numbers

    chosen, screen = chosen_study(study, out, reduced, seeds, settings, precision), console()
    rows = numbers("--models", models), numbers("--crops", crops)
    check_rows(*rows, chosen.seeds)
    store, typed = Store(results_folder(study, chosen, out)), typed_words(study, reduced, settings, precision)
    prove_writable(store.folder)
    load_visibly()
    from ablations.cli import views
    from ablations.report import ensembles

    with screen.status("evaluating") as line:
        evaluate_ensembles(
            chosen,
            store,
            data_dir,
            *rows,
            typed,
            tell=lambda done, images: line.update(f"{done:,} of {images:,} images"),
        )
    views.print_ensembles(screen, chosen, store)
    written = write_files(store.folder, ensembles.texts(chosen, store))
    screen.print(f"tables: {', '.join(map(str, written))}", highlight=False, soft_wrap=True)


def explain(
    study: StudyName,
    images: Annotated[int, typer.Option("--images", min=2, metavar="N", help="How many test images are scored.")] = 64,
    rows: Annotated[
        int, typer.Option("--rows", min=1, metavar="N", help="How many of them the sheet of pictures shows.")
    ] = 6,
    reduced: Reduced = False,
    out: ReadAndWritten = RESULTS,
    data_dir: DataDir = None,
    seeds: Seeds = None,
    settings: Settings = None,
    precision: Precision = None,
):
    """Shows where each variant looks, and scores these maps. Needs kept weights."""
    from ablations.data import datasets
    from ablations.files import prove_writable
    from ablations.records.store import Store
    from ablations.records.trained_data import check_data, was_streamed
    from ablations.records.weights import kept_trials

    chosen, screen = chosen_study(study, out, reduced, seeds, settings, precision), console()
    store, typed = Store(results_folder(study, chosen, out)), typed_words(study, reduced, settings, precision)
    kept, folder = kept_trials(chosen, store, "explain", typed), store.folder / "explanation"
    prove_writable(folder)
    data = datasets.load_for(chosen, data_dir, was_streamed(chosen, store.folder))
    check_data(chosen, store.folder, data.describe())
    load_visibly()  # takes seconds: only after weights, folder and data are checked
    from ablations.report import explanation

    with waiting(f"scoring the maps of {images} images"):
        table, notes, written = explanation.write_explanation(chosen, kept, data, folder, images, rows)
    print_table(screen, f"{chosen.name}: {chosen.question}", list(table.columns), list(table.itertuples(index=False)))
    say(screen, notes)
    screen.print(f"files: {', '.join(map(str, written))}", markup=False, highlight=False, soft_wrap=True)


def deploy(
    study: StudyName,
    reduced: Reduced = False,
    out: ReadAndWritten = RESULTS,
    data_dir: DataDir = None,
    seeds: Seeds = None,
    settings: Settings = None,
    precision: Precision = None,
    threads: Annotated[
        int | None,
        typer.Option(
            "--threads", min=1, metavar="N", help="Threads per engine, pinned to as many cores. Default: all."
        ),
    ] = None,
    rounds: Annotated[
        int, typer.Option("--rounds", min=3, metavar="N", help="How often all engines are timed in turn.")
    ] = 7,
):
    """Measures what each variant costs in use: bytes, int8, latency by engine. Needs kept weights."""
    from ablations.data import datasets
    from ablations.files import prove_writable, write_files
    from ablations.records.store import Store
    from ablations.records.weights import kept_trials

    chosen, screen = chosen_study(study, out, reduced, seeds, settings, precision), console()
    datasets.check_dataset(chosen.dataset, data_dir)
    store = Store(results_folder(study, chosen, out))
    trials = kept_trials(chosen, store, "deploy", typed_words(study, reduced, settings, precision))
    prove_writable(store.folder)
    from ablations.cli import views
    from ablations.inspection.deploy import deploy_variants
    from ablations.report import deployment
    from inception_keras.export import Disagreement

    def tell(sentence: str):
        screen.print(sentence, markup=False, highlight=False)

    tell(f"loading {backend_label()} and the data")
    try:
        found = deploy_variants(chosen, trials, data_dir, threads=threads, rounds=rounds, tell=tell)
    except Disagreement as difference:
        screen.print(f"{difference}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    page = deployment.deployment_page(found)
    csv = deployment.deployment_table(found).to_csv(index=False)
    written = write_files(store.folder, {"deployment.csv": csv, "deployment.md": page})
    views.print_deployment(screen, found)
    screen.print(f"written: {', '.join(map(str, written))}", markup=False, highlight=False, soft_wrap=True)
