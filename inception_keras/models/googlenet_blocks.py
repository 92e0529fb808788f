"""Parts of GoogLeNet: convolution unit, conv1, Inception module (paper, Figure 2), auxiliary head (section 5)."""

from keras import initializers, layers

from inception_keras.errors import UserError
from inception_keras.layers.batch_normalization import BatchNormalization
from inception_keras.layers.convolution import Conv2D
from inception_keras.layers.partial_identity import PartialIdentity
from inception_keras.layers.patch_whitening import PatchWhitening
from inception_keras.layers.response_normalization import LocalResponseNormalization
from inception_keras.models.googlenet_config import GoogLeNetConfig
from inception_keras.models.parts.heads import apply_output

BATCH_EPSILON = 1e-3  # the same in torchvision's GoogLeNet, slim and Keras's Inception


def kernel_initializer(config: GoogLeNetConfig, patch: int = 1):
    """A new initialiser per layer: Keras warns if layers share an unseeded one. `patch`: side of its kernel."""
    if config.initializer == "identity" and patch in (3, 5):
        return PartialIdentity()
    if config.initializer == "truncated_normal":
        return initializers.TruncatedNormal(stddev=0.01)
    return initializers.LecunUniform()  # Caffe's "xavier", uniform over the fan-in; Keras calls it LeCun's


def depthwise_initializer(config: GoogLeNetConfig, channels: int):
    """`kernel_initializer` for a kernel that sums over one of the `channels` alone: Keras counts all in the fan-in."""
    if config.initializer == "truncated_normal":
        return kernel_initializer(config)
    return initializers.VarianceScaling(channels, "fan_in", "uniform")


def bias_initializer(config: GoogLeNetConfig):
    return initializers.Constant(0.0 if config.initializer == "truncated_normal" else 0.2)


def apply_convolution(x, filters: int, kernel_size: int, config: GoogLeNetConfig, *, strides=1, padding="same", name):
    """Convolution, batch normalisation if the configuration has it, ReLU. The caller has scaled `filters`."""
    batch = config.normalization == "batch"
    x = Conv2D(
        filters,
        kernel_size,
        strides,
        padding,
        use_bias=not batch,
        kernel_initializer=kernel_initializer(config, kernel_size),
        bias_initializer=bias_initializer(config),
        name=name,
    )(x)
    return apply_activation(x, config, name=name)


def apply_activation(x, config: GoogLeNetConfig, *, name: str):
    """What follows every convolution: batch normalisation if the configuration has it, and ReLU."""
    if config.normalization == "batch":
        return apply_batch_relu(x, config, name=name)
    return layers.ReLU(name=f"{name}_relu")(x)


def apply_batch_relu(x, config: GoogLeNetConfig, *, name: str):
    """Batch normalisation and ReLU."""
    x = BatchNormalization(
        momentum=config.batch_momentum, epsilon=BATCH_EPSILON, scale=config.batch_scale, name=f"{name}_bn"
    )(x)
    return layers.ReLU(name=f"{name}_relu")(x)


def apply_whitening(x, row, config: GoogLeNetConfig):
    """Whitened patches of the image and their negatives, after ReLU. Sources and details: `PatchWhitening`."""
    filters = 2 * row.patch**2 * x.shape[-1]
    x = PatchWhitening(filters, row.patch, name=row.name)(x)
    return layers.ReLU(name=f"{row.name}_relu")(x)


def apply_conv1(x, row, config: GoogLeNetConfig):
    """The 7x7/2 convolution on the image, full or separable."""
    if config.stem == "separable":
        # 8 filters per colour, then 1x1: the 2.7K weights and 34M multiply-adds that the paper's Table 1 prints
        conv = layers.SeparableConv2D(
            config.scale(row.filters),
            row.patch,
            row.stride,
            "same",
            depth_multiplier=8,
            depthwise_initializer=depthwise_initializer(config, x.shape[-1]),
            pointwise_initializer=kernel_initializer(config),
            bias_initializer=bias_initializer(config),
            use_bias=config.normalization != "batch",
            name=row.name,
        )
        return apply_activation(conv(x), config, name=row.name)
    padding = config.stem_padding
    if padding == "explicit":
        # at even sizes `same` pads 2 before and 3 after; Caffe and torchvision pad 3 and 3, which gives other values
        x = layers.ZeroPadding2D(row.patch // 2, name=f"{row.name}_pad")(x)
        padding = "valid"
    filters = config.scale(row.filters)
    return apply_convolution(x, filters, row.patch, config, strides=row.stride, padding=padding, name=row.name)


def apply_lrn(x, config: GoogLeNetConfig, *, name: str):
    return LocalResponseNormalization(name=name)(x) if config.normalization == "lrn" else x


def apply_inception(x, row, config: GoogLeNetConfig):
    """One Inception module: up to four parallel branches of stride 1, concatenated over the channels."""
    apply_branch = {
        "1x1": _apply_branch_1x1,
        "3x3": _apply_branch_3x3,
        "5x5": _apply_branch_5x5,
        "pool": _apply_branch_pool,
    }
    outputs = [apply_branch[branch](x, row, config, f"inception_{row.name}") for branch in config.branches]
    if len(outputs) == 1:
        return outputs[0]
    return layers.Concatenate(name=f"inception_{row.name}_output")(outputs)


def _apply_branch_1x1(x, row, config, name):
    return apply_convolution(x, config.scale(row.conv1x1), 1, config, name=f"{name}_1x1")


def _apply_branch_3x3(x, row, config, name):
    x = _apply_reduction(x, row.reduce3x3, config, f"{name}_3x3_reduce")
    return apply_convolution(x, config.scale(row.conv3x3), 3, config, name=f"{name}_3x3")


def _apply_branch_5x5(x, row, config, name):
    x = _apply_reduction(x, row.reduce5x5, config, f"{name}_5x5_reduce")
    filters = config.scale(row.conv5x5)
    if config.branch5 == "two 3x3":  # the same receptive field, factorised (Inception v2)
        x = apply_convolution(x, filters, 3, config, name=f"{name}_5x5_a")
        return apply_convolution(x, filters, 3, config, name=f"{name}_5x5_b")
    return apply_convolution(x, filters, 5 if config.branch5 == "5x5" else 3, config, name=f"{name}_5x5")


def _apply_branch_pool(x, row, config, name):
    x = layers.MaxPooling2D(3, 1, "same", name=f"{name}_pool")(x)
    if not config.pool_projection:
        return x
    return apply_convolution(x, config.scale(row.pool_proj), 1, config, name=f"{name}_pool_proj")


def _apply_reduction(x, filters: int, config, name):
    if config.reduce is False:
        return x
    filters = x.shape[-1] if config.reduce == "wide" else config.scale(filters)
    return apply_convolution(x, filters, 1, config, name=name)


def apply_aux_head(x, classes: int, activation, config: GoogLeNetConfig, *, name: str):
    """Average pooling, 1x1 convolution to 128 channels, fully connected layer of 1,024 units, dropout, classifier."""
    x = _apply_aux_pool(x, config, name)
    x = apply_convolution(x, config.scale(128), 1, config, name=f"{name}_conv")
    x = layers.Flatten(name=f"{name}_flatten")(x)
    x = layers.Dense(
        config.scale(1024),
        "relu",
        kernel_initializer=kernel_initializer(config),
        bias_initializer=bias_initializer(config),
        name=f"{name}_fc",
    )(x)
    x = layers.Dropout(config.aux_dropout, name=f"{name}_dropout")(x)
    x = layers.Dense(classes, kernel_initializer=kernel_initializer(config), name=f"{name}_classifier")(x)
    return apply_output(x, activation, config.logit_scale, name=name)


def _apply_aux_pool(x, config: GoogLeNetConfig, name: str):
    least = 4 if config.aux_pool == "adaptive" else 5
    height, width = x.shape[1:3]
    if height is None or width is None:
        raise UserError("auxiliary heads need a fixed input size: give input_shape")
    if min(height, width) < least:
        raise UserError(
            f"{name}: the map is {height} x {width}, too small for an auxiliary head, which pools {least}x{least}: "
            "use a larger input, stem='small', or aux_heads=False"
        )
    if config.aux_pool == "adaptive":
        return layers.AdaptiveAveragePooling2D(4, name=f"{name}_pool")(x)
    return layers.AveragePooling2D(5, 3, name=f"{name}_pool")(x)
