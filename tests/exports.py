"""Networks whose answers differ from image to image, without training."""

import numpy as np


def liven(model, images: np.ndarray, seed: int = 0):
    """Gives `model` statistics and an output layer with which its logits vary by 1 over `images`; returns it.

    At the start they hardly vary, and any two engines would agree on every class.
    """
    from inception_keras import inference_model

    rng = np.random.default_rng(seed)
    for layer in model.layers:
        if "BatchNormalization" in type(layer).__name__:
            layer.moving_mean.assign(rng.normal(0, 0.1, layer.moving_mean.shape))
            layer.moving_variance.assign(rng.uniform(0.5, 2, layer.moving_variance.shape))
    logits = inference_model(model).predict(images, verbose=0)
    classifier = model.get_layer("head_classifier")
    kernel, bias = classifier.get_weights()
    deviation, mean = logits.std(axis=0), logits.mean(axis=0)
    classifier.set_weights([kernel / deviation, (bias - mean) / deviation])
    return model
