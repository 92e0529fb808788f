"""Commands that read records: `report`, `claims` and `doctor`."""

from typing import Annotated

import typer

from ablations import studies
from ablations.cli.options import RESULTS, Out, Reduced, StudyName, show_page
from inception_keras.backend import load_backend
from inception_keras.cli.console import console
from inception_keras.errors import UserError


def report(
    study: StudyName,
    out: Out = RESULTS,
    html: Annotated[bool, typer.Option("--html", help="One page with all of it, DIR/STUDY/report.html.")] = False,
    opened: Annotated[bool, typer.Option("--open", help="Show the page in a browser; makes it too.")] = False,
):
    """Makes the tables and figures of a study again from its records, and prints the tables."""
    from ablations.cli import views
    from ablations.evidence import sections
    from ablations.records.store import Store
    from ablations.report import publish

    chosen = studies.load(study)
    store = Store(out / chosen.name)
    parts = sections.sections(store, chosen)
    if not parts:
        raise UserError(f"{store.folder} holds no records: run `python -m ablations run {study}` first")
    publish.publish_sections(parts)
    views.print_summary(console(), parts)
    if html or opened:
        load_backend()  # the costs by stage are counted on built networks
        from ablations.report.html.pages import write_report

        show_page(write_report(chosen, out, study), opened)


def claims(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[STUDY]...", help="All that come with the bench.")
    ] = None,
    reduced: Reduced = False,
    out: Out = RESULTS,
    html: Annotated[
        bool, typer.Option("--html", help="Pages: DIR/index.html, and a report of every study that has records.")
    ] = False,
    opened: Annotated[bool, typer.Option("--open", help="Show the index in a browser; makes the pages too.")] = False,
):
    """The ledger: every claim, the measured difference with its interval, and the verdict; from the records alone."""
    from ablations.cli import views
    from ablations.report import ledger

    if (html or opened) and (names or reduced):
        raise UserError("--html and --open make the index over all studies: leave out their names and --reduced")
    chosen = [studies.load(name) for name in names or studies.names()]
    if names and any(study.hypothesis is None for study in chosen):
        raise UserError(f"{', '.join(s.name for s in chosen if s.hypothesis is None)}: the study states no claim")
    found = ledger.collect_ledger([study.reduce() if reduced else study for study in chosen], out)
    views.print_ledger(console(), found)
    if not names and not reduced:
        ledger.write_ledger(found, out)
    if html or opened:
        load_backend()
        from ablations.records.store import Store
        from ablations.report.html.pages import write_index, write_report

        for study in chosen:
            if Store(out / study.name).load():
                write_report(study, out)
        show_page(write_index(chosen, out), opened)


def doctor(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[STUDY]...", help="Folders of DIR; all of them by default.")
    ] = None,
    out: Out = RESULTS,
    repair: Annotated[bool, typer.Option("--repair", help="Set aside what is broken, so that it runs again.")] = False,
):
    """Checks every record against its checksum and schema; exits with 1 where something is broken and stays so."""
    from ablations.cli import views
    from ablations.records import doctor as ward

    findings = ward.examine(out, names, repair=repair)
    views.print_findings(console(), findings, repaired=repair)
    raise typer.Exit(1 if findings and not repair else 0)
