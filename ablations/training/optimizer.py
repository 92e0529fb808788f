"""Stochastic gradient descent with momentum; on TensorFlow one fused operation updates each variable."""

import keras


class MomentumSGD(keras.optimizers.SGD):
    """Keras's SGD with the same variables and, up to rounding, the same numbers; TensorFlow traces and runs it faster.

    Keras updates each variable with eight operations, which for GoogLeNet's 187 variables are a fifth of the graph of a
    step, and evaluates the learning rate schedule again for each weight that decays, which is another third. Where
    TensorFlow's operation can't be used, Keras's is: on other backends, without momentum, with several replicas.
    """

    _rate = None  # the learning rate of the step that is being applied

    @keras.optimizers.SGD.learning_rate.getter
    def learning_rate(self):
        return super().learning_rate if self._rate is None else self._rate

    def apply(self, grads, trainable_variables=None):
        # with several replicas the rate stays None: each of them has its own tensor of it
        self._rate = None if _has_replicas() else super().learning_rate
        try:
            super().apply(grads, trainable_variables)
        finally:
            self._rate = None

    def update_step(self, gradient, variable, learning_rate):
        if not self._can_fuse(gradient):
            return super().update_step(gradient, variable, learning_rate)
        import tensorflow as tf

        momentum = self.momentums[self._get_variable_index(variable)].value
        tf.raw_ops.ResourceApplyKerasMomentum(
            var=variable.handle,
            accum=momentum.handle,
            lr=tf.cast(learning_rate, variable.dtype),
            grad=tf.cast(gradient, variable.dtype),
            momentum=tf.constant(self.momentum, variable.dtype),
            use_nesterov=self.nesterov,
        )

    def _can_fuse(self, gradient) -> bool:
        if keras.backend.backend() != "tensorflow" or not self.momentum or _has_replicas():
            return False
        import tensorflow as tf

        return isinstance(gradient, tf.Tensor)


def _has_replicas() -> bool:
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return tf.distribute.has_strategy()
