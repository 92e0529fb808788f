"""Networks whose answers differ from image to image, without training."""

import numpy as np

SEEN = 64  # images that the statistics are of


def liven(model, images: np.ndarray):
    """Gives `model` the statistics of `images` and an output layer with which its logits vary by 1; returns it.

    At the start they hardly vary, and any two engines would agree on every class.
    """
    from inception_keras import inference_model

    norms = [layer for layer in model.layers if "BatchNormalization" in type(layer).__name__]
    momenta = [layer.momentum for layer in norms]
    for layer in norms:
        layer.momentum = 0.0  # the averages become the batch's own
    model(images[:SEEN], training=True)
    for layer, momentum in zip(norms, momenta, strict=True):
        layer.momentum = momentum
    logits = inference_model(model).predict(images, verbose=0)
    classifier = model.get_layer("head_classifier")
    kernel, bias = classifier.get_weights()
    deviation, mean = logits.std(axis=0), logits.mean(axis=0)
    classifier.set_weights([kernel / deviation, (bias - mean) / deviation])
    return model
