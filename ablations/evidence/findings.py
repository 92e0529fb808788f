"""Findings: for each claim of a study the records that count, their comparison, and the verdict."""

from dataclasses import dataclass

from ablations.evidence.order import Step, steps
from ablations.evidence.sections import Evidence, Section
from ablations.evidence.verdict import Needs, Verdict, decide, decide_order, needs
from ablations.records import ensembles, locks, plans
from ablations.records.declared import belonging, difference
from ablations.records.record import Record
from ablations.records.rounding import Rounding
from ablations.records.store import Store
from ablations.records.tuning import tuned
from ablations.study import Claim, Study
from ablations.study.claims import Ordering
from ablations.study.measures import measure


@dataclass(frozen=True)
class Finding:
    """A claim of a study with its evidence and its verdict.

    Attributes:
        study: The study that states the claim.
        claim: Its primary claim, a secondary one, or its ordering.
        evidence: The comparison of the claim's two arms; `None` for an ordering, or if an arm has no results.
        verdict: Its `name` is `None` if something prevents a verdict.
        needs: The seeds that the claim needs; `None` if the spread over seeds is unknown.
        lock: Id of the lock on hypothesis, comparisons and seeds if all counted trials ran under it; else `None`, and
            the study is exploratory.
        standing: The same in words, with the reason.
        records: The records that count.
        plan: What the whole study takes, in words; `None` unless `plan --save` stored it.
        steps: For an ordering, each row compared with the next; empty if a row was not evaluated.
    """

    study: Study
    claim: Claim | Ordering
    evidence: Evidence | None
    verdict: Verdict
    needs: Needs | None
    lock: str | None
    standing: str
    records: list[Record]
    plan: str | None = None
    steps: tuple[Step, ...] = ()


def findings(study: Study, store: Store) -> list[Finding]:
    """One finding per claim and rounding that trials ran with; one per claim without records; one for an ordering."""
    study = tuned(study, store.folder)
    if study.ordering:
        return [_order_finding(study, study.ordering, store)]
    groups: dict[Rounding, list[Record]] = {}
    records = store.load()
    own = {record.address: record for record in belonging(study, records)}
    for record in records:
        if record.address in own or record.profile == study.profile:
            groups.setdefault(record.rounding, []).append(own.get(record.address, record))
    parts = [groups[key] for key in sorted(groups)] or [[]]
    return [found for records in parts for found in _findings(study, store, records)]


def _findings(study: Study, store: Store, records: list[Record]) -> list[Finding]:
    """One finding per claim, from records that may be compared with each other."""
    own = {(record.variant, record.seed): record for record in belonging(study, records)}
    counted = [own[key] for arm in study.arms for seed in study.seed_range if (key := (arm.name, seed)) in own]
    weighed = Section(study, store, counted).evidence if counted else []
    lock = locks.lock_of_study(store.folder, study)
    throughout = all(record.lock == lock for record in counted)
    standing = _standing(store, lock, throughout)
    made = []
    for claim in study.claims:
        test = (*study.claimed_pair(claim), claim.metric)
        evidence = next((one for one in weighed if (one.baseline, one.variant, one.metric) == test), None)
        obstacles = _obstacles(study, claim, own, records)
        verdict = Verdict(None, "; ".join(obstacles)) if obstacles or evidence is None else decide(claim, evidence)
        known = evidence is not None and evidence.found.n > 1
        needed = needs(claim, evidence.found.sd, len(study.tests)) if evidence is not None and known else None
        made.append(
            Finding(
                study,
                claim,
                evidence,
                verdict,
                needed,
                lock=lock if throughout else None,
                standing=standing,
                records=counted,
                plan=plans.plan_sentence(study, store.folder),
            )
        )
    return made


def _order_finding(study: Study, ordering: Ordering, store: Store) -> Finding:
    """The finding on a study's ordering, from the stored answers of its ensembles."""
    own = [record for record in belonging(study, store.load()) if record.seed in study.seed_range]
    found, order = ensembles.load_ensembles(store), []
    members = found.about["addresses"] if found else []
    counted = sorted((r for r in own if r.address in members), key=lambda r: r.seed)
    if found is None:
        obstacle = f"not evaluated: type `python -m ablations ensemble {study.name}` after a run with --keep-weights"
    elif [record.seed for record in counted] != list(study.seed_range):
        obstacle = "evaluated with other trials than the study declares"
    elif found.about["images"] != (ordering.images or found.about["data"]["counts"]["test"]):
        obstacle = f"evaluated on {found.about['images']:,} images, and the study declares another number"
    else:
        order = steps(ordering, found.rows)
        obstacle = "" if order else "a row of the order was not evaluated"
    verdict = decide_order(order) if order else Verdict(None, obstacle)
    lock = locks.lock_of_study(store.folder, study)
    throughout = all(record.lock == lock for record in counted)
    return Finding(
        study,
        ordering,
        evidence=None,
        verdict=verdict,
        needs=None,
        lock=lock if throughout else None,
        standing=_standing(store, lock, throughout),
        records=counted or own,
        plan=plans.plan_sentence(study, store.folder),
        steps=tuple(order),
    )


def _declared(study: Study, claim: Claim) -> list[tuple[str, int]]:
    """(variant, seed) of every trial that a claim's comparison needs."""
    return [(variant, seed) for variant in study.claimed_pair(claim) for seed in study.seed_range]


def _obstacles(study: Study, claim: Claim, own: dict, records: list[Record]) -> list[str]:
    """Why there can be no verdict: each reason with the trials that it concerns."""
    trials: dict[tuple[str, str], list[int]] = {}
    for variant, seed in _declared(study, claim):
        reason = _obstacle(study, claim, own.get((variant, seed)), variant, seed, records)
        if reason:
            trials.setdefault((variant, reason), []).append(seed)
    fingerprints = {record.fingerprint for record in own.values()}
    reasons = [f"{variant} seed {', '.join(map(str, seeds))}: {reason}" for (variant, reason), seeds in trials.items()]
    return reasons + (["trials on different data"] if len(fingerprints) > 1 else [])


def _obstacle(study: Study, claim: Claim, record: Record | None, variant: str, seed: int, records) -> str | None:
    if record is None:
        others = [other for other in records if (other.variant, other.seed) == (variant, seed)]
        return f"trained otherwise ({difference(study, others[-1])})" if others else "missing"
    if measure(claim.metric).of(record) is None:
        return f"{record.status}, so that there is no {measure(claim.metric).label}"
    epochs = len(record.history)
    if record.done and epochs != study.recipe.epochs:
        return f"{epochs} epochs instead of {study.recipe.epochs}"
    return None


def _standing(store: Store, lock: str | None, throughout: bool) -> str:
    if lock and throughout:
        return f"locked as {lock}"
    if lock:
        return "exploratory: some trials ran before the lock"
    if locks.load_locks(store.folder):
        return "exploratory: the study was changed after it was locked"
    return "exploratory: not locked"
