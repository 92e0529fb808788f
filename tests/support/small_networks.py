"""A small network with every kind of state: dropout's seeds, moving statistics, momenta; and an auxiliary head."""

import keras


def small(learning_rate=0.05) -> keras.Model:
    """Returns the network compiled as by `Trainer`, for 16x16 grey images in ten classes."""
    image = keras.Input((16, 16, 1))
    x = keras.layers.Conv2D(8, 3, strides=2, name="conv")(image)
    x = keras.layers.BatchNormalization(momentum=0.9, name="norm")(x)
    x = keras.layers.Dropout(0.4, seed=3, name="drop")(keras.layers.ReLU(name="relu")(x))
    pooled = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    aux = keras.layers.Dropout(0.7, seed=4, name="aux_drop")(pooled)
    outputs = {
        "main": keras.layers.Dense(10, name="fc")(pooled),
        "aux": keras.layers.Dense(10, name="aux_fc")(aux),
    }
    model = keras.Model(image, outputs, name="network")
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    schedule = keras.optimizers.schedules.PolynomialDecay(learning_rate, 100)
    optimizer = keras.optimizers.SGD(schedule, momentum=0.9, nesterov=True, weight_decay=5e-4)
    optimizer.build(model.trainable_variables)
    top1 = keras.metrics.CategoricalAccuracy(name="top1")
    model.compile(
        optimizer,
        loss={"main": loss, "aux": loss},
        loss_weights={"main": 1.0, "aux": 0.3},
        metrics={"main": [top1]},
    )
    guess = keras.ops.zeros((1, 10))
    model.compute_loss(y={"main": guess, "aux": guess}, y_pred={"main": guess, "aux": guess})
    model.compute_metrics(None, {"main": guess, "aux": guess}, {"main": guess, "aux": guess})
    model.reset_metrics()
    return model
