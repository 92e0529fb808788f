"""TF-slim's networks for 299 pixels, as in `slim_nets.py`: Inception v3 and v4, and Inception-ResNet v2.

Written after `research/slim/nets/inception_v3.py`, `inception_v4.py` and `inception_resnet_v2.py` of tensorflow/models,
with their slips in names: `Conv_1_0c_5x5`, and 3x3 convolutions that are called 1x1.
"""

import tensorflow as tf

from tests.support.slim_nets import Scope, Variables, average_pool, max_pool

VALID = "VALID"

# -- modules -----------------------------------------------------------------------------------------------------------


def stem(net: Scope, x):
    """That of Inception v3 and Inception-ResNet v2."""
    x = net.conv(x, 32, (3, 3), "Conv2d_1a_3x3", 2, VALID)
    x = net.conv(x, 32, (3, 3), "Conv2d_2a_3x3", 1, VALID)
    x = max_pool(net.conv(x, 64, (3, 3), "Conv2d_2b_3x3"), 3, 2, VALID)
    x = net.conv(x, 80, (1, 1), "Conv2d_3b_1x1")
    return max_pool(net.conv(x, 192, (3, 3), "Conv2d_4a_3x3", 1, VALID), 3, 2, VALID)


def steps(branch: int, steps: dict[str, int]):
    return [(f"Branch_{branch}/Conv2d_{scope}", filters) for scope, filters in steps.items()]


def pooled_block(module: Scope, x, branches):
    inputs = (x, x, x, average_pool(x))
    return tf.concat(
        [module.chain(y, *steps(n, row)) for n, (y, row) in enumerate(zip(inputs, branches, strict=True))], 3
    )


def reduction(module: Scope, x, branches):
    outputs = [module.chain(x, *steps(n, row), stride=2, last=VALID) for n, row in enumerate(branches)]
    return tf.concat([*outputs, max_pool(x, 3, 2, VALID)], 3)


# -- Inception v3 ------------------------------------------------------------------------------------------------------


def inception_v3(variables: Variables, x):
    net = Scope(variables, "InceptionV3")
    x = stem(net, x)
    for letter, pool in (("b", 32), ("c", 64), ("d", 64)):
        module = net.at(f"Mixed_5{letter}")
        reduce, five = ("Conv2d_0b_1x1", "Conv_1_0c_5x5") if letter == "c" else ("Conv2d_0a_1x1", "Conv2d_0b_5x5")
        x = tf.concat(
            [
                module.chain(x, *steps(0, {"0a_1x1": 64})),
                module.chain(x, (f"Branch_1/{reduce}", 48), (f"Branch_1/{five}", 64)),
                module.chain(x, *steps(2, {"0a_1x1": 64, "0b_3x3": 96, "0c_3x3": 96})),
                module.chain(average_pool(x), *steps(3, {"0b_1x1": pool})),
            ],
            3,
        )
    module = net.at("Mixed_6a")
    three = module.conv(x, 384, (3, 3), "Branch_0/Conv2d_1a_1x1", 2, VALID)
    double = module.chain(x, *steps(1, {"0a_1x1": 64, "0b_3x3": 96}))
    double = module.conv(double, 96, (3, 3), "Branch_1/Conv2d_1a_1x1", 2, VALID)
    x = tf.concat([three, double, max_pool(x, 3, 2, VALID)], 3)
    for letter, n in (("b", 128), ("c", 160), ("d", 160), ("e", 192)):
        seven = (
            {"0a_1x1": 192},
            {"0a_1x1": n, "0b_1x7": n, "0c_7x1": 192},
            {"0a_1x1": n, "0b_7x1": n, "0c_1x7": n, "0d_7x1": n, "0e_1x7": 192},
            {"0b_1x1": 192},
        )
        x = pooled_block(net.at(f"Mixed_6{letter}"), x, seven)
    second = {"0a_1x1": 192, "0b_1x7": 192, "0c_7x1": 192, "1a_3x3": 192}
    x = reduction(net.at("Mixed_7a"), x, ({"0a_1x1": 192, "1a_3x3": 320}, second))
    for letter, end in (("b", "0b_3x1"), ("c", "0c_3x1")):
        module = net.at(f"Mixed_7{letter}")
        one = module.chain(x, *steps(1, {"0a_1x1": 384}))
        two = module.chain(x, *steps(2, {"0a_1x1": 448, "0b_3x3": 384}))
        forks = [(one, 1, "0b_1x3"), (one, 1, end), (two, 2, "0c_1x3"), (two, 2, "0d_3x1")]
        x = tf.concat(
            [
                module.chain(x, *steps(0, {"0a_1x1": 320})),
                *(module.chain(y, *steps(branch, {scope: 384})) for y, branch, scope in forks),
                module.chain(average_pool(x), *steps(3, {"0b_1x1": 192})),
            ],
            3,
        )
    return net.logits(x, "Logits/Conv2d_1c_1x1")


# -- Inception v4 ------------------------------------------------------------------------------------------------------


def inception_v4(variables: Variables, x):
    net = Scope(variables, "InceptionV4")
    x = net.conv(x, 32, (3, 3), "Conv2d_1a_3x3", 2, VALID)
    x = net.conv(x, 32, (3, 3), "Conv2d_2a_3x3", 1, VALID)
    x = net.conv(x, 64, (3, 3), "Conv2d_2b_3x3")
    module = net.at("Mixed_3a")
    x = tf.concat([max_pool(x, 3, 2, VALID), module.conv(x, 96, (3, 3), "Branch_1/Conv2d_0a_3x3", 2, VALID)], 3)
    module = net.at("Mixed_4a")
    one = module.chain(x, ("Branch_0/Conv2d_0a_1x1", 64), ("Branch_0/Conv2d_1a_3x3", 96), last=VALID)
    two = module.chain(x, *steps(1, {"0a_1x1": 64, "0b_1x7": 64, "0c_7x1": 64, "1a_3x3": 96}), last=VALID)
    x = tf.concat([one, two], 3)
    x = tf.concat([net.at("Mixed_5a").conv(x, 192, (3, 3), "Branch_0/Conv2d_1a_3x3", 2, VALID),
                   max_pool(x, 3, 2, VALID)], 3)  # fmt: skip
    a = ({"0a_1x1": 96}, {"0a_1x1": 64, "0b_3x3": 96}, {"0a_1x1": 64, "0b_3x3": 96, "0c_3x3": 96}, {"0b_1x1": 96})
    b = (
        {"0a_1x1": 384},
        {"0a_1x1": 192, "0b_1x7": 224, "0c_7x1": 256},
        {"0a_1x1": 192, "0b_7x1": 192, "0c_1x7": 224, "0d_7x1": 224, "0e_1x7": 256},
        {"0b_1x1": 128},
    )
    for letter in "bcde":
        x = pooled_block(net.at(f"Mixed_5{letter}"), x, a)
    x = reduction(net.at("Mixed_6a"), x, ({"1a_3x3": 384}, {"0a_1x1": 192, "0b_3x3": 224, "1a_3x3": 256}))
    for letter in "bcdefgh":
        x = pooled_block(net.at(f"Mixed_6{letter}"), x, b)
    second = {"0a_1x1": 256, "0b_1x7": 256, "0c_7x1": 320, "1a_3x3": 320}
    x = reduction(net.at("Mixed_7a"), x, ({"0a_1x1": 192, "1a_3x3": 192}, second))
    for letter in "bcd":
        x = _block_c(net.at(f"Mixed_7{letter}"), x)
    return net.logits(x, "Logits/Logits", matrix=True)


def _block_c(module: Scope, x):
    one = module.chain(x, *steps(1, {"0a_1x1": 384}))
    two = module.chain(x, *steps(2, {"0a_1x1": 384, "0b_3x1": 448, "0c_1x3": 512}))
    forks = [(one, 1, "0b_1x3"), (one, 1, "0c_3x1"), (two, 2, "0d_1x3"), (two, 2, "0e_3x1")]
    return tf.concat(
        [
            module.chain(x, *steps(0, {"0a_1x1": 256})),
            *(module.chain(y, *steps(branch, {scope: 256})) for y, branch, scope in forks),
            module.chain(average_pool(x), *steps(3, {"0b_1x1": 256})),
        ],
        3,
    )


# -- Inception-ResNet v2 -----------------------------------------------------------------------------------------------


def inception_resnet_v2(variables: Variables, x):
    net = Scope(variables, "InceptionResnetV2")
    x = stem(net, x)
    module = net.at("Mixed_5b")
    x = tf.concat(
        [
            module.chain(x, ("Branch_0/Conv2d_1x1", 96)),
            module.chain(x, *steps(1, {"0a_1x1": 48, "0b_5x5": 64})),
            module.chain(x, *steps(2, {"0a_1x1": 64, "0b_3x3": 96, "0c_3x3": 96})),
            module.chain(average_pool(x), *steps(3, {"0b_1x1": 64})),
        ],
        3,
    )
    block35 = (32, {"0a_1x1": 32, "0b_3x3": 32}, {"0a_1x1": 32, "0b_3x3": 48, "0c_3x3": 64})
    for number in range(1, 11):
        x = residual(net.at(f"Repeat/block35_{number}"), x, block35, 0.17)
    x = reduction(net.at("Mixed_6a"), x, ({"1a_3x3": 384}, {"0a_1x1": 256, "0b_3x3": 256, "1a_3x3": 384}))
    for number in range(1, 21):
        block17 = (192, {"0a_1x1": 128, "0b_1x7": 160, "0c_7x1": 192})
        x = residual(net.at(f"Repeat_1/block17_{number}"), x, block17, 0.10)
    thirds = {"0a_1x1": 256, "0b_3x3": 288, "1a_3x3": 320}
    x = reduction(net.at("Mixed_7a"), x, ({"0a_1x1": 256, "1a_3x3": 384}, {"0a_1x1": 256, "1a_3x3": 288}, thirds))
    block8 = (192, {"0a_1x1": 192, "0b_1x3": 224, "0c_3x1": 256})
    for number in range(1, 10):
        x = residual(net.at(f"Repeat_2/block8_{number}"), x, block8, 0.20)
    x = residual(net.at("Block8"), x, block8, 1.0, relu=False)
    x = net.conv(x, 1536, (1, 1), "Conv2d_7b_1x1")
    return net.logits(x, "Logits/Logits", matrix=True)


def residual(module: Scope, x, branches, scale: float, relu: bool = True):
    """Branches of which the first is a 1x1 without a place in its name; a 1x1 with a bias projects them."""
    first, *others = branches
    mixed = [module.chain(x, ("Branch_0/Conv2d_1x1", first))]
    mixed += [module.chain(x, *steps(number, row)) for number, row in enumerate(others, 1)]
    mixed = tf.concat(mixed, 3)
    name, channels = f"{module.name}/Conv2d_1x1", x.shape[-1]
    kernel = module.variables.kernel(f"{name}/weights", (1, 1, mixed.shape[-1], channels))
    up = tf.nn.conv2d(mixed, kernel, 1, "SAME") + module.variables.vector(f"{name}/biases", channels, -0.1, 0.1)
    return tf.nn.relu(x + scale * up) if relu else x + scale * up
