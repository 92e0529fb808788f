"""The tables of a study for people: in Markdown, in LaTeX (booktabs), and on a terminal."""

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from types import MappingProxyType

import pandas as pd

from ablations.evidence import mechanism
from ablations.evidence.claimed import Difference, beside, count_words, in_words, over_images
from ablations.evidence.findings import Finding
from ablations.evidence.sections import Evidence, Section, scores
from ablations.evidence.verdict import is_real
from ablations.evidence.weighing import ROUNDS, SEEDS
from ablations.records.record import Record
from ablations.report import claim_pages, escapes
from ablations.report.escapes import markdown
from ablations.report.formats import NUMBERS, p_value, to_markdown
from ablations.report.tables import STATUSES, effect_labels, summary_table
from ablations.study import Study
from ablations.study.decimals import counted, plain
from ablations.study.measures import measure
from ablations.study.recipe import LATER

FIRST = ("rungs", "ensembles", "forest")  # the figure that shows the most of the claim heads the page
NONE: Mapping[str, str] = MappingProxyType({})
REST = ("Batch statistics in evaluations", "Hardware", "Versions", "Commit")  # facts in lines of their own
SUMMARY = {
    "variant": "variant",
    "differs": "what differs",
    "params": "parameters",
    "head_params": "in the head",
    "macs": "multiply-adds",
    "top1": "top-1 (%)",
    "top5": "top-5 (%)",
    "difference": "difference (points)",
    "seconds": "seconds a trial",
    "trials": "trials",
}
STATISTICS = {
    "moving": "moving averages of the training batches, which lag behind the weights",
    "recomputed": "recomputed from training images",
}
UNCORRECTED = "p"  # of one test, by the name of which the column is called
LATEX_COLUMNS = ("variant", "parameters", "multiply-adds", "top-1 (%)", "top-5 (%)", "difference (points)")


def summary(section: Section) -> pd.DataFrame:
    """One row per variant: costs, accuracies ± one standard deviation, by how much it is better or worse [95%]."""
    table = summary_table([section])
    against = {one.variant: one for one in _of_accuracy(section) if one.baseline == section.baseline}
    shown = pd.DataFrame({"variant": table["variant"], "differs": table["differs"]})
    for column in ("params", "head_params", "macs"):
        shown[column] = table[column].map("{:,}".format)
    for metric in ("top1", "top5"):
        shown[metric] = [_spread(row, metric) for _, row in table.iterrows()]
    shown["difference"] = [beside(against[name]) if name in against else "–" for name in table["variant"]]
    shown["seconds"] = table["seconds"].map(lambda value: "–" if pd.isna(value) else f"{value:.0f}")
    shown["trials"] = [_counts(row) for _, row in table.iterrows()]
    return shown.rename(columns=SUMMARY)


def comparisons(section: Section) -> pd.DataFrame:
    """One row per comparison in the primary metric; empty if that is no accuracy, or if there are no comparisons."""
    tests = _of_accuracy(section)
    return pd.DataFrame([_comparison(one) for one in tests]).rename(columns={UNCORRECTED: p_column(tests)})


def others(section: Section) -> pd.DataFrame:
    """One row per test of another measure; empty if all are in the primary metric.

    The means of both arms are over the trials that are compared. Steps that were timed in turn have none: those of
    trials depend on what ran beside them.
    """
    shown = _of_accuracy(section)
    tests = [one for one in section.evidence if one not in shown]
    over = SEEDS if all(one.over == SEEDS for one in tests) else "n"
    return pd.DataFrame([_other(section, one, over) for one in tests]).rename(columns={UNCORRECTED: p_column(tests)})


def p_column(tests: Sequence[Evidence]) -> str:
    """The name of the column of uncorrected p-values, with the test that made them if it is one."""
    made = {one.found.test for one in tests}
    return f"{UNCORRECTED} ({made.pop()})" if len(made) == 1 else UNCORRECTED


def effects(section: Section) -> pd.DataFrame:
    """One row per main effect or interaction of a full factorial, in the unit of the study's measure; else empty."""
    unit, rows = measure(section.study.metric).unit, []
    for effect in section.effects:
        row = {"effect": " × ".join(effect_labels(section.study, effect))}
        row |= {f"{unit} [95%]": str(Difference(effect.estimate, effect.low, effect.high, unit))}
        rows.append(row | {"p (sign-flip, not corrected)": p_value(effect.p_value), "n": str(effect.n)})
    return pd.DataFrame(rows)


def summary_page(
    study: Study, parts: list[Section], found: Sequence[Finding] = (), figures: Mapping[str, str] = NONE
) -> str:
    """A study as a page: its first figure, its claims, the other figures, and all sections with their notes.

    Args:
        study: The study.
        parts: Its sections.
        found: The findings on its claims.
        figures: Titles of the figures in the folder `figures`, by name.
    """
    first = next((stem for stem in FIRST if stem in figures), None)
    lines = [f"# {study.name}", "", markdown(study.question), ""]
    lines += [_picture(first, figures[first]), ""] if first else []
    for one in found:
        lines += claim_pages.claim_lines(one)
    if further := [stem for stem in figures if stem != first]:
        lines += ["## Figures", "", *(line for stem in further for line in (_picture(stem, figures[stem]), ""))]
    if parts[0].left_out:
        lines += [f"{parts[0].left_out}.", ""]
    for section in parts:
        lines += [f"## {markdown(section.title)}", "", to_markdown(summary(section)), ""]
        for table in (comparisons(section), others(section), effects(section)):
            if not table.empty:
                lines += [to_markdown(table), ""]
        lines += [*_notes(section, markdown), ""]
    return "\n".join(lines)


def _picture(stem: str, title: str) -> str:
    return f"![{markdown(title)}](figures/{stem}.png)"


def latex(study: Study, parts: list[Section]) -> str:
    """All sections as LaTeX tables for `booktabs`, with the notes as captions."""
    return "\n".join(_latex_table(study, section, number) for number, section in enumerate(parts))


def _comparison(one: Evidence) -> dict:
    found = one.found
    return {
        "comparison": f"{one.variant} and {one.baseline}",
        "points [95% over seeds]": in_words(one),
        "[95% over seeds and images]": over_images(one) or "–",
        "in training": _in_training(one),
        UNCORRECTED: p_value(found.p_value),
        "p (Holm)": p_value(one.p_holm),
        "first wins": f"{one.improvement:.0%}",
        "correlation": "–" if pd.isna(found.correlation) else f"{found.correlation:+.2f}",
        "detectable": "–" if one.detectable == float("inf") else plain(one.detectable),
        "n": str(found.n),
    }


def _in_training(one: Evidence) -> str:
    """The difference on clean training images, and what it says of the one on test where that is real."""
    if one.training is None:
        return "–"
    if is_real(one) and one.metric in mechanism.ACCURACIES:
        return mechanism.explanation(one.found, one.training, one.labels)
    first, second = one.training.means
    return f"{one.labels[1]} {plain(second, '%')}%, {one.labels[0]} {plain(first, '%')}%"


def _of_accuracy(section: Section) -> list[Evidence]:
    """The comparisons in the primary metric if that is an accuracy; else none."""
    return section.compared if section.study.metric.startswith("top") else []


def _other(section: Section, one: Evidence, over: str) -> dict:
    """A row of `others`; `over` is what all of its rows count, or `n` where each row says what it counts."""
    about = measure(one.metric)
    row = {"measure": about.label}
    for part, name, values in zip(
        ("baseline", "variant"), (one.baseline, one.variant), _compared(section, one), strict=True
    ):
        row[part] = name if one.over == ROUNDS else f"{name} {about.show(fmean(values))}"
    row |= {f"difference [95% over {over}]": in_words(one)}
    row |= {UNCORRECTED: p_value(one.found.p_value), "p (Holm)": p_value(one.p_holm)}
    return row | {"n": count_words(one) if over == SEEDS else counted(one.found.n, one.over)}


def _compared(section: Section, one: Evidence) -> list[list[float]]:
    """The scores of baseline and variant that a test compares: where trials pair, those of seeds that both have."""
    found = [scores(section, name, one.metric) for name in (one.baseline, one.variant)]
    both = found[0].keys() & found[1].keys()
    return [[value for seed, value in arm.items() if seed in both or not section.study.paired] for arm in found]


def _spread(row: pd.Series, metric: str) -> str:
    mean, sd, n = row[f"{metric}_mean"], row[f"{metric}_sd"], row[f"{metric}_n"]
    if n == 0:
        return "–"
    shown = plain(100 * mean, "%")
    return f"{shown} ± {plain(100 * sd, '%')} (n = {n})" if n > 1 else f"{shown} (n = 1)"


def _counts(row: pd.Series) -> str:
    return ", ".join(f"{row[status]} {status}" for status in STATUSES if row[status])


def facts(section: Section) -> dict[str, str]:
    """What a section was made from, by name; hardware, versions and commits list every value that occurs."""
    group = section.records
    recipe, data = group[0]["configuration"]["recipe"], group[0]["data"]
    examples = ", ".join(f"{count:,} {split}" for split, count in data["counts"].items())
    return {
        "Data": f"{data['name']} {data['version']} ({examples} images of {'x'.join(map(str, data['image_shape']))}). "
        f"{data['note']}",
        "Seeds": ", ".join(map(str, sorted({record.seed for record in group}))),
        "Recipe": f"{counted(recipe['epochs'], 'epochs')} of batch {recipe['batch_size']}; "
        f"{recipe['schedule']} learning rate up to {recipe['learning_rate']}; {recipe['precision']}; "
        f"augmentation {', '.join(recipe['augmentation']) or 'none'}"
        + "".join(f"; {name} {recipe[name]}" for name in LATER if name in recipe and name != "batch_statistics"),
        "Batch statistics in evaluations": _distinct(group, lambda record: STATISTICS[record.batch_statistics]),
        "Hardware": _distinct(group, Record.hardware_words),
        "Versions": _distinct(group, Record.versions_words),
        "Commit": _distinct(group, lambda record: str(record.commit)),
    }


def method(section: Section) -> str:
    """What the numbers of a table mean."""
    in_turn = any(one.over == ROUNDS for one in section.evidence)
    interval = "Student's t on pairs of one seed" if section.study.paired else "Welch's t"
    timed = " Times of a step are of rounds in which one process timed both arms in turn." if in_turn else ""
    return (
        "Top-1 and top-5 are means over seeds on the test split after the last epoch, ± one standard deviation. "
        "The parameters are those of the training graph. Differences are in "
        f"{measure(section.study.metric).unit}, with the arm that is better; their interval over seeds is "
        f"{interval}; first wins is the share of all pairs "
        "of trials in which the first variant has the greater value; detectable is the true difference that so many "
        f"seeds would judge real with a probability of 80%, among all tests of the study.{timed}"
    )


def _notes(section: Section, escaped: Callable[[str], str]) -> list[str]:
    made = {name: escaped(fact) for name, fact in facts(section).items()}
    rest = [f"- {name}: {made[name]}" for name in REST]
    return [method(section), "", f"- Data: {made['Data']}", f"- Seeds {made['Seeds']}; {made['Recipe']}", *rest]


def _distinct(group: list[Record], describe: Callable[[Record], str]) -> str:
    return "; ".join(sorted({describe(record) for record in group}))


def _latex_table(study: Study, section: Section, number: int) -> str:
    table = summary(section)[list(LATEX_COLUMNS)]
    align = ["right" if column in NUMBERS else "left" for column in table.columns]
    body = table.to_markdown(index=False, tablefmt="latex_booktabs", disable_numparse=True, colalign=align)
    notes = " ".join(note.removeprefix("- ") for note in _notes(section, str) if note)
    caption = escapes.latex(f"{study.question} ({section.title}) {notes}")
    lines = ["\\begin{table}", "\\centering", body, f"\\caption{{{caption}}}", f"\\label{{tab:{study.name}-{number}}}"]
    return "\n".join([*lines, "\\end{table}", ""])
