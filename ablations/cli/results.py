"""Commands that read records: `report`, `claims` and `doctor`."""

from pathlib import Path
from typing import Annotated

import typer

from ablations import studies
from ablations.cli.options import (
    RESULTS,
    Full,
    ReadAndWritten,
    Reduced,
    StudyName,
    folder_option,
    out_option,
    results_folder,
    show_page,
)
from ablations.cli.progress import progress
from inception_keras.cli.console import console
from inception_keras.cli.waiting import waiting
from inception_keras.errors import UserError


def report(
    study: StudyName,
    out: ReadAndWritten = RESULTS,
    html: Annotated[
        bool, typer.Option("--html", help="Also write one page with everything, DIR/STUDY/report.html.")
    ] = False,
    opened: Annotated[bool, typer.Option("--open", help="Write the page and open it in a browser.")] = False,
    removed: Annotated[
        bool, typer.Option("--removed", help="Also show trials of variants that the study no longer declares.")
    ] = False,
    full: Full = False,
):
    """Writes the tables and figures of a study again from its records, and prints the tables."""
    from ablations.cli import views
    from ablations.evidence.sections import sections
    from ablations.records import locks
    from ablations.records.store import Store
    from ablations.report.closing import closing
    from ablations.report.publish import findings_of, publish_sections

    chosen = studies.load(study)
    store = Store(results_folder(study, chosen, out))
    locks.load_locks(store.folder)  # tables say under which lock trials ran: raises if one is broken
    with waiting("making tables and figures"):
        if not (parts := sections(store, chosen, removed=removed)):
            raise UserError(f"{store.folder} holds no records: run `python -m ablations run {study}` first")
        publish_sections(parts)
    views.print_summary(console(), parts, full=full)
    views.print_closing(console(), closing(parts[0], findings_of(chosen, parts), study, out_option(out)))
    if html or opened:
        from ablations.report.html.pages import write_report

        with waiting("writing the page"):
            page = write_report(chosen, out, study, removed=removed)
        show_page(page, opened)


def claims(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[STUDY]...", help="Default: all that come with the bench.")
    ] = None,
    reduced: Reduced = False,
    out: Annotated[
        Path, folder_option("Folder of results: reads DIR/STUDY; without STUDY the ledger is written to DIR.")
    ] = RESULTS,
    html: Annotated[
        bool, typer.Option("--html", help="Also write DIR/index.html and a page for every study with records.")
    ] = False,
    opened: Annotated[bool, typer.Option("--open", help="Write the pages and open the index in a browser.")] = False,
    full: Full = False,
):
    """Prints the ledger from the records: every claim, the measured difference, and the verdict."""
    from ablations.cli import views
    from ablations.evidence.twins import find_twins
    from ablations.report.figures.files import write_main_claim
    from ablations.report.ledger import collect_ledger, write_ledger

    if (html or opened) and (names or reduced):
        raise UserError("--html and --open write the index over all studies: drop the study names and --reduced")
    chosen = [studies.load(name) for name in names or studies.names()]
    for typed, study in zip(names or [], chosen, strict=False):
        if study.hypothesis is None:
            raise UserError(
                f"{study.name}: the study states no claim: give it claim=Claim(...), or type "
                f"`python -m ablations report {' '.join(filter(None, (typed, out_option(out))))}` for its tables"
            )
    _check_results(out, [] if names else [study.name for study in chosen if study.hypothesis])
    sized = [study.reduce() if reduced else study for study in chosen]
    found = collect_ledger(progress(sized, "reading the records of"), out)
    typed_names = {study.name: typed for typed, study in zip(names or [], chosen, strict=False)}
    views.print_ledger(console(), found, typed_names, full=full)
    if not names and not reduced:
        write_ledger(found, out)
        write_main_claim(found, out / "figures")
    if html or opened:
        from ablations.report.html.pages import has_records, write_index, write_report

        twins = find_twins(record for one in found for record in one.records)
        for study in progress([study for study in chosen if has_records(study, out)], "writing the page of"):
            write_report(study, out, twins=twins)
        show_page(write_index(found, chosen, out), opened)


def _check_results(out: Path, needed: list[str]):
    """Checks that `out` holds results, of one of the studies `needed` if any are: a ledger of nothing misleads."""
    from ablations.records.doctor import folders

    found = {Path(name).parts[0] for name in folders(out)}
    if needed and found.isdisjoint(needed):
        own = "`python -m ablations claims STUDY`"
        raise UserError(f"{out} holds no results of a study of the bench that states a claim: type {own} for your own")


def doctor(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[STUDY]...", help="Folders of DIR. Default: all.")
    ] = None,
    out: Annotated[
        Path, folder_option("Folder of results: reads DIR/STUDY; --repair and --merge write there.")
    ] = RESULTS,
    repair: Annotated[
        bool, typer.Option("--repair", help="Set broken files aside, so that their trials run again.")
    ] = False,
    merge: Annotated[
        Path | None,
        typer.Option("--merge", metavar="DIR", help="First copy the trials of another folder of results."),
    ] = None,
):
    """Checks every record against its checksum and schema; exits with 1 if something stays broken."""
    from ablations.cli import views
    from ablations.records.doctor import examine
    from ablations.records.merging import merge as merged

    found = [] if merge is None else merged(out, merge, names)
    for one in found:
        views.print_merged(console(), one)
    problems = examine(out, names, repair=repair)
    views.print_problems(console(), problems, repaired=repair)
    conflicts = any(one.conflicts for one in found)
    raise typer.Exit(1 if conflicts or (problems and not repair) else 0)
