"""Costs of each variant by stage, counted on networks rebuilt from the records."""

from dataclasses import dataclass

from ablations.evidence.sections import Section
from ablations.records.record import Record
from ablations.study.own_code import is_reference
from inception_keras.backend import backend_name, load_backend
from inception_keras.errors import UserError
from inception_keras.io.kept import kept

CODE = ("ablations", "inception_keras")


@dataclass(frozen=True)
class StageCost:
    """Parameters or multiply-adds of one stage: their count, and their share of the variant's, from 0 to 1."""

    count: int
    share: float


@dataclass(frozen=True)
class StageCosts:
    """One kind of cost, of all variants, by stage.

    Attributes:
        title: What is counted.
        stages: Resolutions in the order of the graph, and `head`.
        rows: By variant the costs of these stages; `None` for a stage that the variant lacks.
    """

    title: str
    stages: list[str]
    rows: dict[str, list[StageCost | None]]

    def total(self, variant: str) -> int:
        return sum(cost.count for cost in self.rows[variant] if cost)


def by_stage(section: Section) -> tuple[list[StageCosts], list[str]]:
    """Parameters and multiply-adds by stage, and for each variant that is left out the reason.

    Builds each variant's network once, which takes seconds; the counts are kept.
    """
    counted, left_out = {}, []
    for variant in section.variants:
        record = next(record for record in section.records if record.variant == variant)
        try:
            counted[variant] = _kept_stages(record)
        except UserError as error:
            left_out.append(f"{variant} is left out: {error}")
    if not counted:
        return [], left_out
    names = list(dict.fromkeys(name for stages in counted.values() for name in stages))
    names.sort(key=lambda name: name == "head")  # the head stays last, after stages that only one variant has
    tables = [
        StageCosts(title, names, {variant: _row(stages, names, place) for variant, stages in counted.items()})
        for place, title in enumerate(("Parameters", "Multiply-adds"))
    ]
    return tables, left_out


def _kept_stages(record: Record) -> dict[str, tuple[int, int]]:
    """As `_stages`, from the cache if they are there: then no framework is loaded.

    Those of a user's own network are not kept: its code, and what it imports, may change without a trace in the record.
    """
    if is_reference(record.toggles["model"]):
        return _stages(record)
    data = record.data
    network = [record.toggles, data.get("image_shape"), data.get("classes"), record.params, record.macs]
    found = kept("stages", network, lambda: _found(record), code=CODE, libraries=("keras", backend_name()))
    if "error" in found:
        raise UserError(found["error"])
    return {name: (params, macs) for name, (params, macs) in found["stages"].items()}


def _found(record: Record) -> dict:
    try:
        return {"stages": _stages(record)}
    except UserError as error:
        return {"error": str(error)}


def _stages(record: Record) -> dict[str, tuple[int, int]]:
    """By stage, the parameters and multiply-adds of a trial's network.

    Raises:
        UserError: The network can't be built any more, or it differs from the one that was trained.
    """
    load_backend()
    import keras

    from ablations.training.networks import rebuild
    from inception_keras.graph.complexity import complexity
    from inception_keras.graph.stages import stages
    from inception_keras.graph.without_weights import without_weights

    with without_weights():
        cost = complexity(rebuild(record))
    keras.utils.clear_session()
    if (cost.params, cost.macs) != (record.params, record.macs):
        raise UserError(
            f"its network has {cost.params:,} parameters and {cost.macs:,} multiply-adds as the code builds it now, "
            f"and had {record.params:,} and {record.macs:,} when it was trained"
        )
    return {stage.size: (stage.params, stage.macs) for stage in stages(cost)}


def _row(stages: dict[str, tuple[int, int]], names: list[str], place: int) -> list[StageCost | None]:
    whole = sum(counts[place] for counts in stages.values())
    return [StageCost(stages[name][place], stages[name][place] / whole) if name in stages else None for name in names]
