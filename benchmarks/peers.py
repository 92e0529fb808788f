"""torchvision's GoogLeNet on PyTorch, at the same work: torchvision's code, in the form and size of the case.

The modules are torchvision's. So that all networks of a case have the same parameters and multiply-adds, this file
changes the window of the 5x5 branch (3x3 in torchvision), the window of the pooling before 5a, normalisation, stem and
width.
"""

import functools
import importlib
import itertools
import warnings

from benchmarks.cases import AUX_WEIGHT, LEARNING_RATE, MOMENTUM, Case
from benchmarks.contestants import Task
from benchmarks.images import batch
from inception_keras.models.googlenet_config import GoogLeNetConfig

# Operators that torchvision's wheel from PyPI registers shapes for on import, and that a torch without CUDA lacks.
OPERATORS = {
    "nms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}


@functools.cache  # operators can be declared only once
def load():
    """The module `torchvision.models.googlenet`, after declaring the operators that its import needs."""
    import torch

    warnings.filterwarnings("ignore", "Failed to load image Python extension")
    if torch.version.cuda is None:
        for name, schema in OPERATORS.items():
            torch.library.define(f"torchvision::{name}", schema)
    # by its full name: `torchvision.models.googlenet` is the function of that name
    return importlib.import_module("torchvision.models.googlenet")


def build(case: Case):
    """The network of the case in torchvision's modules, with logits as outputs. Auxiliary heads need the full width."""
    from torch import nn

    theirs, config = load(), GoogLeNetConfig(**case.base)
    norm = config.normalization == "batch"

    class Convolution(theirs.BasicConv2d):
        """torchvision's; in the paper's form it has a bias instead of the normalisation."""

        def __init__(self, inputs: int, filters: int, **kwargs):
            super().__init__(inputs, filters, **kwargs)
            if not norm:
                self.conv, self.bn = nn.Conv2d(inputs, filters, **kwargs), nn.Identity()

    actual = {192: config.scale(192)}  # widths of the maps, rounded branch by branch, by their width in Table 1

    def inception(inputs: int, *widths: int) -> nn.Module:
        conv1x1, reduce3x3, conv3x3, reduce5x5, conv5x5, pool_proj = map(config.scale, widths)
        module = theirs.Inception(
            actual[inputs], conv1x1, reduce3x3, conv3x3, reduce5x5, conv5x5, pool_proj, conv_block=Convolution
        )
        module.branch3[1] = Convolution(reduce5x5, conv5x5, kernel_size=5, padding=2)
        actual[widths[0] + widths[2] + widths[4] + widths[5]] = conv1x1 + conv3x3 + conv5x5 + pool_proj
        return module

    def aux(inputs: int, classes: int, dropout: float) -> nn.Module:
        return theirs.InceptionAux(inputs, classes, conv_block=Convolution, dropout=dropout)

    network = theirs.GoogLeNet(
        num_classes=case.classes,
        aux_logits=config.aux_heads,
        init_weights=False,
        blocks=[Convolution, inception, aux],
        dropout=config.dropout,
        dropout_aux=config.aux_dropout,
    )
    network.maxpool4 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
    network.fc = nn.Linear(actual[1024], case.classes)
    if config.stem == "small":
        network.conv1 = network.maxpool1 = network.conv2 = network.maxpool2 = nn.Identity()
        network.conv3 = Convolution(3, config.scale(192), kernel_size=3, stride=config.stem_stride, padding=1)
    if config.normalization == "lrn":
        network.maxpool1 = nn.Sequential(network.maxpool1, nn.LocalResponseNorm(5))
        network.conv3 = nn.Sequential(network.conv3, nn.LocalResponseNorm(5))
    return network


class Peer:
    """A network on its device, trained on one batch or applied to it.

    Args:
        case: What to time.
        setting: `default`, `channels_last`, or, both with channels last, `compiled` and `graphs`; with CUDA graphs a
            small network does not wait for Python.
    """

    def __init__(self, case: Case, setting: str):
        import torch

        self.torch, self.case, self.setting = torch, case, setting
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.layout = torch.contiguous_format if setting == "default" else torch.channels_last
        images, labels = batch(case, case.classes)
        images = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous(memory_format=self.layout)
        batch_here = images, torch.from_numpy(labels).long()
        if self.device.type == "cuda":
            torch.backends.cudnn.benchmark = (
                True  # picks the fastest convolution of each shape, as torchvision's recipe does
            )
            # in a GPU's cases the batch is there already; else every step copies it, as with Keras
            ready = case.device == "gpu"
            batch_here = [part.to(self.device) if ready else part.pin_memory() for part in batch_here]
        self._batch = batch_here
        self._seeds = itertools.count()
        self.begin()

    def begin(self):
        """Makes a network with new weights and a new optimizer."""
        torch = self.torch
        network = build(self.case).to(self.device, memory_format=self.layout).train(self.case.work != "infer")
        self.params = sum(weight.numel() for weight in network.parameters())
        self.optimizer = torch.optim.SGD(network.parameters(), LEARNING_RATE, momentum=MOMENTUM, nesterov=True)
        modes = {"compiled": "default", "graphs": "reduce-overhead"}
        compiled = self.setting in modes
        self.network = torch.compile(network, mode=modes[self.setting]) if compiled else network

    def train(self, steps: int):
        for _ in range(steps):
            images, labels = self._arrive()
            self.optimizer.zero_grad(set_to_none=True)
            with self._precision():
                loss = self._loss(self.network(images), labels)
            loss.backward()
            self.optimizer.step()
        self._finish()

    def infer(self, steps: int):
        with self.torch.inference_mode(), self._precision():
            for _ in range(steps):
                images, _ = self._arrive()
                self.network(images).float().cpu()  # like `predict_on_batch`, which returns NumPy arrays
        self._finish()

    def another_seed(self, times: int):
        for _ in range(times):
            self.torch.manual_seed(next(self._seeds))
            self.begin()
            self.train(1)

    def _arrive(self):
        return [part.to(self.device, non_blocking=True) for part in self._batch]

    def _loss(self, outputs, labels):
        entropy = self.torch.nn.functional.cross_entropy
        if not self.case.base.get("aux_heads"):
            return entropy(outputs, labels)
        aux = entropy(outputs.aux_logits1, labels) + entropy(outputs.aux_logits2, labels)
        return entropy(outputs.logits, labels) + AUX_WEIGHT * aux

    def _precision(self):
        bfloat16 = self.case.precision == "bfloat16"
        return self.torch.autocast(self.device.type, self.torch.bfloat16, enabled=bfloat16)

    def _finish(self):
        """Waits for the GPU: the calls above only queue its work."""
        if self.device.type == "cuda":
            self.torch.cuda.synchronize()


def prepare(case: Case, setting: str) -> Task:
    """torchvision at the work of a case."""
    peer = Peer(case, setting)
    run = {"infer": peer.infer, "seed": peer.another_seed}.get(case.work, peer.train)
    name = peer.torch.cuda.get_device_name() if peer.device.type == "cuda" else "cpu"
    return Task(run=run, params=peer.params, images=case.batch, device=f"torch on {name}")
