"""Results of other programs, compared: tables and sentences, in Markdown, CSV, and for the terminal."""

import math

import pandas as pd

from ablations.evidence.claimed import as_claimed, claimed_words, in_words, over_images
from ablations.evidence.foreign import Judged, Judgement
from ablations.report.escapes import markdown
from ablations.report.formats import p_value, to_markdown
from ablations.study.decimals import counted, plain
from ablations.study.measures import measure

OPTIONAL = ("[95% over seeds and examples]", "correlation", "detectable", "p")  # where lines are short


def arms(judgement: Judgement) -> pd.DataFrame:
    """One row per arm: its runs and its mean score ± one standard deviation over them."""
    foreign, rows = judgement.foreign, []
    for arm in foreign.arms:
        found = arm.summary
        spread = f" ± {plain(found.sd, foreign.unit)}" if found.n > 1 else ""
        examples = f"{len(next(iter(arm.answers.values()))):,}" if arm.answers else "–"
        score = f"{plain(found.mean, foreign.unit, found.sd if found.n > 1 else 0.0)}{spread}"
        rows.append(
            {
                "arm": arm.name,
                f"{foreign.score} ({foreign.unit})": score,
                "runs": str(found.n),
                "examples": examples,
            }
        )
    return pd.DataFrame(rows)


def comparisons(judgement: Judgement) -> pd.DataFrame:
    """One row per comparison, as in the tables of a study, and its verdict."""
    return pd.DataFrame([_comparison(one) for one in judgement.judged])


def _comparison(one: Judged) -> dict[str, str]:
    found, unit = one.evidence.found, measure(one.evidence.metric).unit
    row = {
        "comparison": f"{one.evidence.variant} and {one.evidence.baseline}",
        "difference [95%]": in_words(one.evidence),
        "[95% over seeds and examples]": over_images(one.evidence) or "–",
        "p": p_value(found.p_value),
        "p (Holm)": p_value(one.evidence.p_holm),
        "correlation": "–" if math.isnan(found.correlation) else f"{found.correlation:+.2f}",
        "detectable": "–" if math.isinf(one.evidence.detectable) else plain(one.evidence.detectable, unit),
        "n": counted(one.evidence.found.n, one.evidence.over),
    }
    return row | {"verdict": one.verdict.name}


def sentence(one: Judged) -> str:
    """What came out for a claim, in one sentence."""
    labels = one.evidence.labels
    more = f"; {one.evidence.over} needed: {one.needs}" if one.needs else ""
    about = f"{one.verdict.name}: claimed: {claimed_words(one.claim, labels)}; measured: {in_words(one.evidence)}"
    return f"{about}, n = {counted(one.evidence.found.n, one.evidence.over)}; {one.verdict.reason}{more}."


def page(judgement: Judgement) -> str:
    """The comparison as Markdown."""
    foreign = judgement.foreign
    first = judgement.judged[0].evidence.baseline
    lines = [f"# Compared with {markdown(first)}", ""]
    for one in judgement.judged:
        said = sentence(one).removeprefix(one.verdict.name)
        lines += [f"- **{markdown(one.evidence.variant)}: {one.verdict.name}**{markdown(said)}"]
    lines += ["", to_markdown(arms(judgement)), "", to_markdown(comparisons(judgement)), ""]
    less = "lower" if foreign.less_is_better else "higher"
    lines += [f"The score is {markdown(foreign.score)}, in {foreign.unit}; {less} is better.", ""]
    lines += ["What was assumed:", "", *(f"- {markdown(note)}." for note in judgement.assumptions), ""]
    return "\n".join(lines)


def table(judgement: Judgement) -> str:
    """Every comparison as CSV, with all digits."""
    return pd.DataFrame([row(one) for one in judgement.judged]).to_csv(index=False)


def row(one: Judged) -> dict[str, object]:
    """A comparison by the names of `claims.csv`, with all digits."""
    evidence, found = one.evidence, one.evidence.found
    effect = as_claimed(one.claim, found)
    return {
        "claim": one.claim.statement,
        "baseline": evidence.baseline,
        "variant": evidence.variant,
        "metric": evidence.metric,
        "unit": measure(evidence.metric).unit,
        "claimed_effect": one.claim.effect,
        "margin": one.claim.margin,
        "verdict": one.verdict.name,
        "reason": one.verdict.reason,
        "baseline_mean": one.means[0],
        "variant_mean": one.means[1],
        "effect": effect.mean,
        "effect_low": effect.low,
        "effect_high": effect.high,
        "difference": found.difference,
        "low": found.low,
        "high": found.high,
        "p_value": found.p_value,
        "p_holm": evidence.p_holm,
        "sd": found.sd,
        "correlation": found.correlation,
        "detectable": evidence.detectable,
        "n": found.n,
        "over": evidence.over,
        "images_low": evidence.images.low if evidence.images else None,
        "images_high": evidence.images.high if evidence.images else None,
        "seeds_to_show": one.needs.to_show if one.needs else None,
        "seeds_to_exclude": one.needs.to_exclude if one.needs else None,
    }
