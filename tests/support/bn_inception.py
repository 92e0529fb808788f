"""pretrainedmodels' BN-Inception in torch, with random weights, after `pretrainedmodels/models/bninception.py`."""

import torch
from torch import nn

# Filters: 1x1, 3x3 reduce, 3x3, double reduce, double (twice), projection; without the first and the last: stride 2.
MODULES = {
    "3a": (64, 64, 64, 64, 96, 32), "3b": (64, 64, 96, 64, 96, 64), "3c": (128, 160, 64, 96),
    "4a": (224, 64, 96, 96, 128, 128), "4b": (192, 96, 128, 96, 128, 128), "4c": (160, 128, 160, 128, 160, 128),
    "4d": (96, 128, 192, 160, 192, 128), "4e": (128, 192, 192, 256), "5a": (352, 192, 320, 160, 224, 128),
    "5b": (352, 192, 320, 192, 224, 128),
}  # fmt: skip


class BNInception(nn.Module):
    """The network; layers are made when they are first called, so call it once before reading its state."""

    def __init__(self):
        super().__init__()
        self.average = nn.AvgPool2d(3, stride=1, padding=1, ceil_mode=True, count_include_pad=True)
        self.halve = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.keep = nn.MaxPool2d(3, stride=1, padding=1, ceil_mode=True)

    def unit(self, x, name: str, filters: int, size: int, stride: int = 1):
        if not hasattr(self, name):
            setattr(self, name, nn.Conv2d(x.shape[1], filters, size, stride, size // 2))
            norm = nn.BatchNorm2d(filters).eval()
            nn.init.uniform_(norm.weight, 0.5, 1.5), nn.init.uniform_(norm.bias, -0.1, 0.1)
            norm.running_mean.uniform_(-0.1, 0.1), norm.running_var.uniform_(0.5, 1.5)
            setattr(self, f"{name}_bn", norm)
        return torch.relu(getattr(self, f"{name}_bn")(getattr(self, name)(x)))

    def forward(self, x):
        x = self.halve(self.unit(x, "conv1_7x7_s2", 64, 7, 2))
        x = self.unit(self.unit(x, "conv2_3x3_reduce", 64, 1), "conv2_3x3", 192, 3)
        x = self.halve(x)
        for number, row in MODULES.items():
            x = self.module(x, f"inception_{number}", row)
        x = x.mean((2, 3))
        if not hasattr(self, "last_linear"):
            self.last_linear = nn.Linear(x.shape[1], 1000)
        return self.last_linear(x)

    def module(self, x, name: str, row: tuple[int, ...]):
        stride = 2 if len(row) == 4 else 1
        reduce3, three, reduce_double, double = row if stride == 2 else row[1:5]
        one = self.unit(self.unit(x, f"{name}_3x3_reduce", reduce3, 1), f"{name}_3x3", three, 3, stride)
        two = self.unit(x, f"{name}_double_3x3_reduce", reduce_double, 1)
        two = self.unit(two, f"{name}_double_3x3_1", double, 3)
        two = self.unit(two, f"{name}_double_3x3_2", double, 3, stride)
        if stride == 2:
            return torch.cat([one, two, self.halve(x)], 1)
        pooled = self.keep(x) if name == "inception_5b" else self.average(x)
        first = self.unit(x, f"{name}_1x1", row[0], 1)
        return torch.cat([first, one, two, self.unit(pooled, f"{name}_pool_proj", row[5], 1)], 1)
