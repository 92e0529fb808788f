"""Globals in the pickles of training scripts that are data, and the stand-ins that are read in their place.

torch's loader with `weights_only=True` refuses every global that it does not know, also those of a run's settings: an
`argparse.Namespace`, a path, a NumPy scalar. Those below are let through. Nothing of the file runs: settings become
stand-ins that ignore what they are given, and NumPy's arrays stand-ins that hold plain values (`pickled_arrays.py`).
"""

from inception_keras.weights.pickled_arrays import Array, Kind, reconstruct, scalar


class Settings:
    """Stands for an object that holds settings; ignores its arguments and its state."""

    def __new__(cls, *arguments, **keywords):
        return super().__new__(cls)

    def __init__(self, *arguments, **keywords):
        pass

    def __setstate__(self, state):
        pass


class Dictionary:
    """Stands for a subclass of `dict`; gives a plain one, which is filled with what the file has for it."""

    def __new__(cls, *arguments, **keywords):
        return {}


SETTINGS = (
    "argparse.Namespace",
    "types.SimpleNamespace",
    *(
        f"{module}.{path}"
        for module in ("pathlib", "pathlib._local")  # Python 3.13 has the second
        for path in ("Path", "PosixPath", "WindowsPath", "PurePath", "PurePosixPath", "PureWindowsPath")
    ),
    *(f"datetime.{kind}" for kind in ("datetime", "date", "time", "timedelta", "timezone")),
    "decimal.Decimal",
    "fractions.Fraction",
    "uuid.UUID",
    "typing.Any",
    *(f"builtins.{kind}" for kind in ("frozenset", "slice", "range", "int", "float", "bool", "str", "list", "tuple")),
    "omegaconf.dictconfig.DictConfig",
    "omegaconf.listconfig.ListConfig",
    "omegaconf.base.ContainerMetadata",
    "omegaconf.base.Metadata",
    *(f"omegaconf.nodes.{kind}Node" for kind in ("Any", "Boolean", "Float", "Integer", "Path", "String")),
    *(  # keys of `callbacks` in Lightning's older files
        f"{package}.callbacks.{callback}"
        for package in ("pytorch_lightning", "lightning.pytorch")
        for callback in ("model_checkpoint.ModelCheckpoint", "early_stopping.EarlyStopping")
    ),
)
DICTIONARIES = (
    "builtins.dict",
    "collections.defaultdict",
    "pytorch_lightning.utilities.parsing.AttributeDict",
    "lightning.pytorch.utilities.parsing.AttributeDict",
    "lightning_fabric.utilities.data.AttributeDict",
    "lightning.fabric.utilities.data.AttributeDict",
    "easydict.EasyDict",
    "addict.addict.Dict",
    "yacs.config.CfgNode",
    "fvcore.common.config.CfgNode",
    "mmengine.config.config.ConfigDict",
    "ml_collections.config_dict.config_dict.ConfigDict",
)


def harmless_globals() -> list[tuple[object, str]]:
    """(stand-in, full name) of every global that is let through, as `torch.serialization.safe_globals` takes them."""
    return [
        *((Settings, name) for name in SETTINGS),
        *((Dictionary, name) for name in DICTIONARIES),
        *(  # NumPy 2 renamed the module of both functions
            (stand_in, f"numpy.{core}.multiarray.{name}")
            for core in ("core", "_core")
            for stand_in, name in ((reconstruct, "_reconstruct"), (scalar, "scalar"))
        ),
        (Array, "numpy.ndarray"),
        (Kind, "numpy.dtype"),
    ]
