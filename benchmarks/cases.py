"""The cases: what is timed."""

import fnmatch
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from inception_keras.errors import unknown

FORMS = ("paper", "batchnorm")
PRECISIONS = ("float32", "bfloat16")
DEVICES = ("cpu", "gpu")
TORCHVISION = ("torchvision", "torchvision_channels_last", "torchvision_compiled")
# the same networks in engines for inference alone, in float32
ENGINES = ("ours_onnxruntime", "ours_openvino", "torchvision_openvino")
# a small network fills a core better than two
SIDE_BY_SIDE = ("ours_side_by_side", "torchvision_side_by_side")
# on a GPU the dispatch of steps limits a small network: these dispatch in different ways
ON_GPU = ("scan", "step", "torchvision_channels_last", "torchvision_compiled", "torchvision_graphs")
# the machine's peak is that of the faster one
PEAK = ("matrix_product", "matrix_product_torch")
# the settings of ours and of others that do the same work, one network at a time: the page compares the best of each
OURS = ("ours", "ours_onnxruntime", "ours_openvino", "scan", "step")
OTHERS = ("keras", *TORCHVISION, "torchvision_graphs", "torchvision_openvino")
# of the time to a first step: Python and the framework; the network and its optimizer; what the first step takes longer
# than the second, in which it is traced and compiled; and a step
PARTS = ("load", "build", "trace", "step")
# the optimizer and the loss of every contestant; the rate is so small that a repeated batch can't diverge
LEARNING_RATE, MOMENTUM, AUX_WEIGHT = 1e-3, 0.9, 0.3
SMALL = {"preset": "batchnorm", "stem": "small", "stem_stride": 2, "width": 0.25}
# as many multiply-adds, in channels that fill the processor's registers
SMALL_16 = {**SMALL, "width": 0.2, "channel_multiple": 16}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One comparison: the same work for every contestant.

    Attributes:
        name: As the user types it.
        why: One sentence about it, for the table.
        work: `train` and `infer`: steps on one repeated batch; `start`: from the start of the process to the end of the
            first training step; `seed`: from the start of another seed to the end of its first step, in a process
            that has trained one; `epoch`: steps of a real epoch; `program`: a whole command.
        contestants: Names of `contestants.CONTESTANTS`; every ratio is to the first.
        base: Toggles of GoogLeNet.
        precision: `float32`, or `bfloat16` with float32 variables; `auto` for the one that is fast on the machine.
        side: Height and width of the images in pixels.
        batch: Images per step.
        classes: Outputs of the network, if no data set gives their number.
        dataset: Name of the data set of an `epoch`.
        augmentation: Augmentation of an `epoch`.
        fraction: Fraction of the training images of an `epoch`.
        data_dir: Where TFDS keeps prepared sets; `None` for its default.
        device: Where to measure it: `cpu`, or `gpu`, where torchvision's batch lies on the device, like that of `scan`.
    """

    name: str
    why: str
    work: str
    contestants: tuple[str, ...]
    base: Mapping[str, object]
    precision: str = "float32"
    side: int = 224
    batch: int = 32
    classes: int = 1000
    dataset: str | None = None
    augmentation: tuple[str, ...] = ()
    fraction: float = 1.0
    data_dir: str | None = None
    device: str = "cpu"

    @property
    def unit(self) -> str:
        return "images/s" if self.work in ("train", "infer") else "s"

    @property
    def fresh(self) -> bool:
        """Whether each round starts a new process and its time includes the start."""
        return self.work == "start"

    @property
    def warm_up(self) -> int:
        """Untimed runs before the first round: the first traces and compiles, the others fill caches."""
        return 1 if self.work in ("start", "program") else 3


def _at_224() -> Iterable[Case]:
    for work, heads, verb in (("train", {"aux_heads": True}, "Training steps"), ("infer", {}, "Inference")):
        for form in FORMS:
            for precision in PRECISIONS:
                engines = ENGINES if (work, precision) == ("infer", "float32") else ()
                yield Case(
                    name=f"{work}_{form}_{precision}",
                    why=f"{verb} of the {form} form at 224 pixels, {precision}"
                    + (", with both auxiliary heads" if heads else "; ours with batch normalisation folded"),
                    work=work,
                    contestants=("ours", "keras", *TORCHVISION, *engines, *PEAK),
                    base={"preset": form, **heads},
                    precision=precision,
                )


def _one_image() -> Iterable[Case]:
    for form in FORMS:
        yield Case(
            name=f"infer_one_{form}_float32",
            why=f"Inference of the {form} form at 224 pixels, float32, one image at a time",
            work="infer",
            contestants=("ours", "keras", *TORCHVISION, *ENGINES, *PEAK),
            base={"preset": form},
            batch=1,
        )


def _small() -> Iterable[Case]:
    for work in ("train", "infer"):
        for precision in PRECISIONS:
            others = SIDE_BY_SIDE if work == "train" else ENGINES if precision == "float32" else ()
            yield Case(
                name=f"{work}_small_{precision}",
                why=f"The reduced network of the studies, a quarter as wide, at 32 pixels: {work}, {precision}",
                work=work,
                contestants=("ours", "keras", *TORCHVISION, *others, *PEAK),
                base=SMALL,
                precision=precision,
                side=32,
                batch=128,
                classes=10,
            )
    for precision in PRECISIONS:
        yield Case(
            name=f"train_small_16_{precision}",
            why=f"The reduced network a fifth as wide, with channels in multiples of 16: train, {precision}",
            work="train",
            contestants=("ours", "torchvision_channels_last", *SIDE_BY_SIDE),
            base=SMALL_16,
            precision=precision,
            side=32,
            batch=128,
            classes=10,
        )


def _on_gpu() -> Iterable[Case]:
    for form, heads in (("paper", {}), ("batchnorm", {"aux_heads": True})):
        for batch in (64, 128, 256):
            yield Case(
                name=f"gpu_train_{form}_{batch}",
                why=f"Training steps of the {form} form at 224 pixels, batch {batch}, bfloat16"
                + (", with both auxiliary heads" if heads else ""),
                work="train",
                contestants=(*ON_GPU, *PEAK),
                base={"preset": form, **heads},
                precision="bfloat16",
                batch=batch,
                device="gpu",
            )
    for batch in (128, 512):
        yield Case(
            name=f"gpu_train_small_{batch}",
            why=f"The reduced network of the studies, a quarter as wide, at 32 pixels: batch {batch}, bfloat16",
            work="train",
            contestants=(*ON_GPU, "seeds", *PEAK),
            base=SMALL,
            precision="bfloat16",
            side=32,
            batch=batch,
            classes=10,
            augmentation=("crop", "flip"),
            device="gpu",
        )


CASES = (
    *_at_224(),
    *_one_image(),
    *_small(),
    Case(
        name="epoch_cifar10",
        why="A whole epoch of CIFAR-10 through the real input path, against as many steps on one repeated batch",
        work="epoch",
        contestants=("ours", "repeated_batch"),
        base=SMALL,
        precision="auto",
        side=32,
        batch=128,
        dataset="cifar10",
        augmentation=("crop", "flip"),
    ),
    Case(
        name="epoch_imagenette",
        why="The same of Imagenette at 160 pixels, streamed and cropped as the paper crops",
        work="epoch",
        contestants=("ours", "repeated_batch"),
        base={"preset": "batchnorm"},
        precision="auto",
        side=160,
        dataset="imagenette/160px-v2",
        augmentation=("inception_crop", "flip"),
    ),
    Case(
        name="first_step",
        why="From the start of the process to the end of the first training step at 224 pixels: Python and the "
        "framework load; network and optimizer are built; the first step takes longer than the second, since it is "
        "traced and compiled; and a step",
        work="start",
        contestants=("ours", "keras", "torchvision_channels_last"),
        base={"preset": "batchnorm", "aux_heads": True},
    ),
    Case(
        name="second_seed",
        why="The first step of another seed of the same variant, in a process that has trained one already",
        work="seed",
        contestants=("ours", "keras", "torchvision_channels_last"),
        base={"preset": "batchnorm", "aux_heads": True},
    ),
    Case(
        name="quickstart",
        why="python -m ablations run quickstart, in total",
        work="program",
        contestants=("quickstart",),
        base={},
    ),
    *_on_gpu(),
)


def select(patterns: Iterable[str], cases: Iterable[Case] = CASES) -> list[Case]:
    """The cases that match any of the patterns, such as `train_*`, in the order of `cases`.

    Raises:
        UserError: A pattern matches no case.
    """
    cases = list(cases)
    names = [case.name for case in cases]
    chosen = set()
    for pattern in patterns:
        found = fnmatch.filter(names, pattern)
        if not found:
            raise unknown("case", pattern, names)
        chosen.update(found)
    return [case for case in cases if case.name in chosen]
