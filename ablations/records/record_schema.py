"""The schema of a trial's record: which keys a record has, of which type and in which range.

A checksum says that a file is as it was written, not that a program of this bench wrote it; reports rely on these keys.
"""

from ablations.records.outcomes import STATUSES
from inception_keras.io import schema

GREATEST = 3.5e38  # of float32: no loss is higher

_share = schema.number(0, 1)
_loss = schema.number(0, GREATEST)
_later = dict.fromkeys(("top5", "balanced_accuracy", "macro_f1", "calibration_error"), _share)
_metrics = schema.mapping({"top1": _share, "loss": _loss}, _later)
_texts = schema.mapping_of(schema.text)
_record = schema.mapping(
    {
        "study": schema.text,
        "profile": schema.text,
        "variant": schema.text,
        "arm": schema.count(),
        "overrides": schema.mapping_of(schema.anything),
        "seed": schema.count(),
        "status": schema.one_of(STATUSES),
        "reason": schema.text,
        "address": schema.text,
        "experiment": schema.text,
        "configuration": schema.mapping(
            {"recipe": schema.mapping({"epochs": schema.count(1)}), "toggles": schema.mapping_of(schema.anything)}
        ),
        "params": schema.count(),
        "macs": schema.count(),
        "metrics": schema.mapping_of(schema.mapping_of(schema.any_number)),
        "history": schema.list_of(schema.mapping_of(schema.any_number)),
        "times": schema.mapping_of(schema.number(0, 1e12)),
        "data": schema.mapping(
            {
                "name": schema.text,
                "version": schema.text,
                "note": schema.text,
                "fingerprint": schema.text,
                "counts": schema.mapping_of(schema.count()),
            }
        ),
        "hardware": schema.mapping(
            {
                "backend": schema.text,
                "processor": schema.text,
                "cores": schema.count(1),
                "memory_gib": schema.count(),
                "accelerators": schema.list_of(schema.text),
            }
        ),
        "versions": _texts,
        "commit": schema.optional(schema.text),
        "answers": schema.optional(schema.text),
    },
    {
        "recipe_overrides": schema.mapping_of(schema.anything),
        "tuned": schema.mapping_of(schema.anything),
        "by_class": schema.mapping_of(_share),
        "began": schema.text,
        "load": schema.list_of(schema.number(0, 1e6)),
        "head_params": schema.count(),
        "inference_params": schema.count(),
        "inference_macs": schema.count(),
        "attempts": schema.count(),
        "lock": schema.optional(schema.text),
        "shared": schema.mapping({"study": schema.text, "lock": schema.optional(schema.text)}),
        "devices": schema.mapping({}, {"replicas": schema.count(1), "dispatch": schema.text}),
        "weights": schema.mapping({"sha256": schema.text, "bytes": schema.count()}),
    },
)
_results = schema.mapping({"test": _metrics})
_choice = schema.mapping({"validation": _metrics})
_counted = schema.mapping({"test": schema.count(1)})
_timed = schema.mapping({"total": schema.number(0, 1e12)})


def check_record(record: dict):
    """Raises `ValueError` with one line that says what is wrong if a record does not have its schema.

    A trial that is done has test results; their numbers are finite. One that diverged may have `NaN` in its history.
    """
    _record(record, "")
    if record["status"] == "done":
        tuning = record["configuration"].get("splits") == ["validation"]  # which never reads the test split
        (_choice if tuning else _results)(record["metrics"], "metrics")
        _counted(record["data"]["counts"], "data.counts")
        _timed(record["times"], "times")
        schema.mapping_of(_metrics)(record["metrics"], "metrics")
