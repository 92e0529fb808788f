"""Batch normalisation with TensorFlow's fused operation: one pass over the map instead of several, in any precision."""

import keras
from keras.src.backend import in_stateless_scope  # which has no public name

# In bfloat16 the fused operation is vectorised only for multiples of 16 channels; with 8 or 24 it takes six to ten
# times as long as in float32, casts included (AVX-512, TensorFlow 2.21).
LANES = 16


@keras.saving.register_keras_serializable(package="inception_keras")
class BatchNormalization(keras.layers.BatchNormalization):
    """Keras's layer with the same variables and, within rounding, the same numbers; faster on TensorFlow.

    Keras computes moments, scale and shift one after another, and always in float32. TensorFlow has one operation for
    all of them, which reads bfloat16 and keeps the statistics in float32. Keras's code runs where that operation can't:
    on other backends, for maps of another rank, with masks, and for statistics over several replicas.
    """

    def call(self, inputs, training=None, mask=None):
        if mask is None and self._can_fuse(inputs):
            return self._fused(inputs, training=bool(training and self.trainable))
        return super().call(inputs, training=training, mask=mask)

    def _can_fuse(self, inputs) -> bool:
        return (
            keras.backend.backend() == "tensorflow"
            and len(inputs.shape) == 4
            and self.axis in (-1, 3)
            and not (self.synchronized or getattr(self, "renorm", False))
            and self.epsilon >= 1e-5  # the least that cuDNN accepts
            and keras.backend.standardize_dtype(inputs.dtype) != "float64"  # which the operation does not have
        )

    def _fused(self, inputs, training: bool):
        import tensorflow as tf

        def float32(variable):
            return tf.cast(tf.convert_to_tensor(variable), tf.float32)

        x, channels = tf.convert_to_tensor(inputs), inputs.shape[-1]
        if channels % LANES and x.dtype == tf.bfloat16:
            x = tf.cast(x, tf.float32)
        y, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=x,
            scale=tf.ones(channels) if self.gamma is None else float32(self.gamma),
            offset=tf.zeros(channels) if self.beta is None else float32(self.beta),
            mean=[] if training else float32(self.moving_mean),
            variance=[] if training else float32(self.moving_variance),
            epsilon=self.epsilon,
            is_training=training,
        )
        if training:
            # the operation divides by n - 1, Keras by n; with a static shape `count` is a number, not an operation
            count = (x.shape.num_elements() or tf.cast(tf.size(x), variance.dtype)) / channels
            self._move(self.moving_mean, mean)
            self._move(self.moving_variance, variance * ((count - 1) / count))
        return tf.cast(y, self.compute_dtype)

    def _move(self, average, value):
        import tensorflow as tf

        variable = average.value
        before = tf.cast(variable, tf.float32)
        after = before + (value - before) * (1.0 - self.momentum)
        if in_stateless_scope():  # the scope keeps the new value, and `variable` may be an array
            average.assign(after)
        else:  # TensorFlow's own: tracing Keras's assignment takes as long as all the rest
            variable.assign(tf.cast(after, variable.dtype), read_value=False)
