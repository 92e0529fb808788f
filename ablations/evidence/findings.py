"""Findings: for each claim of a study the records that count, their comparison, and the verdict."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ablations.evidence import mechanism, trained
from ablations.evidence.notes import notes
from ablations.evidence.order import Step, steps
from ablations.evidence.rungs import Rung, rungs_of, top1_of, weigh_rungs
from ablations.evidence.sections import Evidence
from ablations.evidence.verdict import NOT_JUDGED, Needs, Verdict, decide, decide_order, is_real, more_needed
from ablations.evidence.weighing import STEP_TIME, timed_in_turn
from ablations.records import ensembles, locks, plans
from ablations.records.declared import belonging, difference
from ablations.records.record import Record
from ablations.records.rounding import Rounding
from ablations.records.store import Store
from ablations.records.trained_data import tuned_on_other_data
from ablations.records.tuning import tuned
from ablations.study import Claim, Study
from ablations.study.claims import Ordering
from ablations.study.decimals import counted, numbered
from ablations.study.measures import measure


@dataclass(frozen=True)
class Finding:
    """A claim of a study with its evidence and its verdict.

    Attributes:
        study: The study that states the claim.
        claim: Its primary claim, a secondary one, or its ordering.
        evidence: The comparison of the claim's two arms at the last rung; `None` for an ordering, or if an arm has no
            results.
        verdict: The verdict with its reason.
        untrained: Why the networks are not trained out; empty if they are, or if it does not matter.
        rungs: The claim's pair at each budget that has results, the shortest first.
        needs: The seeds that the claim needs; `None` unless more of them could change the verdict.
        lock: Id of the lock on hypothesis, comparisons and seeds if all counted trials ran under it; else `None`, and
            the study is exploratory.
        standing: The same in words, with the reason.
        records: The records that count: those of the last rung.
        mechanism: Why one arm is worse, from the clean training images; empty if that is not known.
        notes: What a reader has to know beside the verdict.
        plan: What the whole study takes, in words; `None` unless `plan --save` stored it.
        steps: For an ordering, each row compared with the next; empty if a row was not evaluated.
        uncounted: If no trial counts, which trials there are all the same, in words; empty without any.
    """

    study: Study
    claim: Claim | Ordering
    evidence: Evidence | None
    verdict: Verdict
    standing: str
    records: list[Record]
    lock: str | None = None
    untrained: list[str] = field(default_factory=list)
    rungs: list[Rung] = field(default_factory=list)
    needs: Needs | None = None
    mechanism: str = ""
    notes: list[str] = field(default_factory=list)
    plan: str | None = None
    steps: tuple[Step, ...] = ()
    uncounted: str = ""

    @property
    def primary(self) -> bool:
        return self.claim == self.study.hypothesis


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
    """One finding per claim, from records that may be compared with each other but for the budget."""
    last = study.at()
    own = {(record.variant, record.seed): record for record in belonging(last, records)}
    counted = [own[key] for arm in study.arms for seed in study.seed_range if (key := (arm.name, seed)) in own]
    ladder = _of_declared_seeds(study, records)
    weighed = weigh_rungs(study, store, ladder)
    lock, standing = _lock(study, store, ladder)
    other_data, made = _other_data(study, store, ladder), []
    for claim in study.claims:
        rungs = rungs_of(study, claim, weighed, ladder)
        evidence = rungs[-1].evidence if rungs and rungs[-1].epochs == last.recipe.epochs else None
        lacking = _obstacles(last, claim, own, records) + other_data + _untimed(study, claim, store)
        untrained = trained.obstacles(study, claim, rungs, counted[0].data["classes"]) if evidence else []
        if evidence is None:
            verdict = Verdict(NOT_JUDGED, "; ".join(lacking))
        else:
            verdict = decide(claim, evidence, lacking + untrained)
        made.append(
            Finding(
                study,
                claim,
                evidence,
                verdict,
                standing,
                counted,
                lock=lock,
                untrained=untrained,
                rungs=rungs,
                needs=more_needed(claim, evidence) if evidence and verdict.more_seeds else None,
                mechanism=_mechanism(evidence) if evidence else "",
                notes=notes(study, claim, counted, locks.locked_at(store.folder, lock) if lock else ""),
                plan=plans.plan_sentence(study, store.folder),
                uncounted="" if counted else _uncounted(study, ladder, records or store.load()),
            )
        )
    return made


def _uncounted(study: Study, declared: Sequence[Record], every: Sequence[Record]) -> str:
    """Which trials a study has where none counts: `declared` ones of shorter rungs, or others among `every` one."""
    if declared:
        rung = counted(study.recipe.epochs, "epochs")
        return f"the rung of {rung} is not run; its page has {counted(len(declared), 'trials')} of shorter ones"
    others = counted(len(every), "exploratory trials")
    return f"its declared seeds are not run; its page has {others}" if every else ""


def _untimed(study: Study, claim: Claim, store: Store) -> list[str]:
    """Why a claim about step time can't be judged: the times of trials depend on what ran beside them."""
    if claim.metric != STEP_TIME or timed_in_turn(study, store, study.claimed_pair(claim)):
        return []
    return [f"its steps were not timed in turn: type `python -m ablations times {study.name}`"]


def _of_declared_seeds(study: Study, records: Sequence[Record]) -> list[Record]:
    """The records of every rung with the seeds that it declares, arm by arm."""
    found = []
    for epochs in study.budgets:
        rung = study.at(epochs)
        own = {(record.variant, record.seed): record for record in belonging(rung, list(records))}
        found += [own[key] for arm in rung.arms for seed in rung.seed_range if (key := (arm.name, seed)) in own]
    return found


def _mechanism(evidence: Evidence) -> str:
    explained = evidence.metric in mechanism.ACCURACIES and evidence.training is not None and is_real(evidence)
    if not explained or evidence.training is None:
        return ""
    return mechanism.explanation(evidence.found, evidence.training, evidence.labels)


def _order_finding(study: Study, ordering: Ordering, store: Store) -> Finding:
    """The finding on a study's ordering, from the stored answers of its ensembles."""
    own = [record for record in belonging(study.at(), store.load()) if record.seed in study.seed_range]
    found, order = ensembles.load_ensembles(store), []
    members = found.about["addresses"] if found else []
    counted = sorted((r for r in own if r.address in members), key=lambda r: r.seed)
    if found is None:
        obstacle = f"not evaluated: type `python -m ablations ensemble {study.name}` after a run with --keep-weights"
    elif [record.seed for record in counted] != list(study.seed_range):
        obstacle = "evaluated with other trials than the study declares"
    elif found.about["images"] != (ordering.images or found.about["data"]["counts"]["test"]):
        obstacle = f"evaluated on {found.about['images']:,} images, and the study declares another number"
    elif different := _other_data(study, store, _of_declared_seeds(study, store.load())):
        obstacle = different[0]
    else:
        order = steps(ordering, found.rows)
        obstacle = "" if order else "a row of the order was not evaluated"
    untrained = []
    if order:
        every = belonging(study, store.load())
        by_rung = {epochs: top1_of(belonging(study.at(epochs), every), study.baseline.name) for epochs in study.budgets}
        untrained = trained.obstacles_alone(study, by_rung, counted[0].data["classes"])
        if guessing := [record.seed for record in counted if trained.at_chance(record)]:
            untrained = [f"{study.baseline.name} seed {', '.join(map(str, guessing))}: {trained.AT_CHANCE}", *untrained]
        obstacle = "; ".join(untrained)
    verdict = Verdict(NOT_JUDGED, obstacle) if obstacle else decide_order(order)
    lock, standing = _lock(study, store, counted)
    return Finding(
        study,
        ordering,
        None,
        verdict,
        standing,
        counted or own,
        lock=lock,
        untrained=untrained,
        plan=plans.plan_sentence(study, store.folder),
        steps=tuple(order),
        uncounted="" if own else _uncounted(study, own, store.load()),
    )


def _declared(study: Study, claim: Claim) -> list[tuple[str, int]]:
    """(variant, seed) of every trial that a claim's comparison needs."""
    return [(variant, seed) for variant in study.claimed_pair(claim) for seed in study.seed_range]


def _obstacles(study: Study, claim: Claim, own: dict, records: list[Record]) -> list[str]:
    """What is missing for a verdict: each reason with the trials that it concerns."""
    trials: dict[tuple[str, str], list[int]] = {}
    for variant, seed in _declared(study, claim):
        reason = _obstacle(study, claim, own.get((variant, seed)), variant, seed, records)
        if reason:
            trials.setdefault((variant, reason), []).append(seed)
    return [f"{variant} {numbered('seed', seeds)}: {reason}" for (variant, reason), seeds in trials.items()]


def _other_data(study: Study, store: Store, records: Sequence[Record]) -> list[str]:
    """Why records of all rungs can't be judged together: a verdict takes its plateau from those of shorter ones."""
    if len({record.fingerprint for record in records}) > 1:
        return ["trials on different data"]
    if tuned_on_other_data(study, store.folder, records):
        return ["tuned on other data than its trials"]
    return []


def _obstacle(study: Study, claim: Claim, record: Record | None, variant: str, seed: int, records) -> str | None:
    if record is None:
        others = [other for other in records if (other.variant, other.seed) == (variant, seed)]
        others.sort(
            key=lambda other: other.recipe["epochs"] == study.recipe.epochs
        )  # of one budget rather than another
        return f"trained otherwise ({difference(study, others[-1])})" if others else "missing"
    if measure(claim.metric).of(record) is None:
        label = measure(claim.metric).label
        return f"its record has no {label}" if record.done else f"{record.status}, so that there is no {label}"
    if measure(claim.metric).needs_training and trained.at_chance(record):
        return trained.AT_CHANCE
    epochs = len(record.history)
    if record.done and epochs != study.recipe.epochs:
        return f"{counted(epochs, 'epochs')} instead of {study.recipe.epochs}"
    return None


def _lock(study: Study, store: Store, counted: Sequence[Record]) -> tuple[str | None, str]:
    """The lock that all counted trials ran under, if any, and how the study stands to it in words."""
    lock = locks.lock_of_study(store.folder, study)
    throughout = all(record.lock == lock for record in counted)
    if lock and throughout:
        return lock, f"locked as {lock}"
    if lock:
        return None, "exploratory: some trials ran before the lock"
    if locks.load_locks(store.folder):
        return None, "exploratory: the study was changed after it was locked"
    return None, "exploratory: not locked"
