"""Makes the answers of an untrained network differ from image to image."""

import numpy as np

SEEN = 64  # images from which the moving statistics are computed


def liven(model, images: np.ndarray):
    """Sets moving statistics from `images` and scales each logit to mean 0 and deviation 1 over them; returns `model`.

    Without this the logits hardly vary between images, and any two engines would agree on every class.
    """
    from inception_keras import inference_model

    norms = [layer for layer in model.layers if "BatchNormalization" in type(layer).__name__]
    momenta = [layer.momentum for layer in norms]
    for layer in norms:
        layer.momentum = 0.0  # the moving averages become the statistics of this batch
    model(images[:SEEN], training=True)
    for layer, momentum in zip(norms, momenta, strict=True):
        layer.momentum = momentum
    logits = inference_model(model).predict(images, verbose=0)
    classifier = model.get_layer("head_classifier")
    kernel, bias = classifier.get_weights()
    deviation, mean = logits.std(axis=0), logits.mean(axis=0)
    classifier.set_weights([kernel / deviation, (bias - mean) / deviation])
    return model
