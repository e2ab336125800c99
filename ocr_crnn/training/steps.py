"""One step of a training: compiled for all batches on TensorFlow, on as many replicas as the model's strategy has; Keras' own on JAX.

Both have

    local(dataset)     what this process gets of a dataset of global batches, to iterate over
    build(batch)       make the variables of metrics and optimiser
    training(dataset)  `batch → logs` of one step of the optimiser, the logs of that batch alone
    testing(dataset)   `batch → (logs, rows)` without one
    agree(*flags)      of each flag, whether it is true in any of the processes that train together; all of them have to ask
"""

import keras


def make_steps(model):
    """The steps of a compiled model on the backend that Keras has."""
    return TensorFlowSteps(model) if keras.backend.backend() == "tensorflow" else KerasSteps(model)


def _floats(logs):
    return {name: float(value) for name, value in logs.items()}


class TensorFlowSteps:
    """Steps of one process or of several, as `tf.distribute` has set up the model's strategy."""

    def __init__(self, model):
        self.model, self.strategy = model, model.distribute_strategy
        self._sums = None if self.strategy.cluster_resolver is None else self._make_sums()  # one process, whatever its devices

    def local(self, dataset):
        from ocr_crnn.training.distribution import local_rows

        return local_rows(dataset, self.strategy, getattr(self.model, "whole_inputs", ()))

    def build(self, batch):
        """On several replicas the compiled step cannot make variables; on one it would be traced twice."""
        model, strategy = self.model, self.strategy
        inputs, outputs, *_ = strategy.experimental_local_results(batch)[0] if strategy.num_replicas_in_sync > 1 else batch
        with strategy.scope():
            predicted = model(inputs, training=False)
            model.compute_loss(inputs, outputs, predicted)
            model.compute_metrics(inputs, outputs, predicted)
            model.reset_metrics()
            model.optimizer.build(model.trainable_variables)

    def training(self, dataset):
        run = self._compiled(self.model.train_step, dataset)
        return lambda batch: _floats(run(batch))

    def testing(self, dataset):
        run, count = self._compiled(self.model.test_step, dataset), self._row_counter()
        return lambda batch: (_floats(run(batch)), count(batch))

    def agree(self, *flags):
        return flags if self._sums is None else [bool(total > 0) for total in self._sums([float(flag) for flag in flags])]

    def _make_sums(self):
        import tensorflow as tf

        strategy = self.strategy

        @tf.function(autograph=False, input_signature=[tf.TensorSpec((None,), tf.float32)])
        def sums(values):
            return strategy.reduce(tf.distribute.ReduceOp.SUM, strategy.run(tf.identity, args=(values,)), axis=None)

        return lambda values: sums(tf.constant(values)).numpy()

    def _compiled(self, step, dataset):
        """`step(batch) → logs` on every replica, compiled once for all batches of the dataset, whatever their shapes.

        The logs are the batch's own, averaged over the replicas.
        """
        import tensorflow as tf

        from ocr_crnn.training.distribution import as_one_process

        model, strategy = self.model, self.strategy

        def step_and_reset(data):
            logs = step(data)
            for metric in model.metrics:
                metric.reset_state()
            return logs

        @tf.function(input_signature=[dataset.element_spec], jit_compile=model.jit_compile, autograph=False)
        def run(data):
            with as_one_process(model, strategy):
                logs = strategy.run(step_and_reset, args=(data,))
            return {name: strategy.reduce(tf.distribute.ReduceOp.MEAN, value, axis=None) for name, value in logs.items()}

        return run

    def _row_counter(self):
        """`(data) → int`: the rows of a global batch; those that only fill up the share of a replica do not count."""
        import tensorflow as tf

        strategy = self.strategy
        if strategy.num_replicas_in_sync == 1:
            return lambda data: int(tf.shape(tf.nest.flatten(data[1])[0])[0])

        @tf.function(reduce_retracing=True, autograph=False)
        def count(data):
            counts = strategy.run(lambda inputs, outputs, weights: tf.math.count_nonzero(weights, dtype=tf.int32), args=data)
            return strategy.reduce(tf.distribute.ReduceOp.SUM, counts, axis=None)

        return lambda data: int(count(data))


class KerasSteps:
    """Steps of one process on another backend. `tf.data` makes the batches there too.

    JAX compiles a step anew for each shape of a batch, so a model may bring batches to few shapes: `model.few_shapes(inputs, outputs)`
    gives `(inputs, outputs, sample_weight)` with the same loss.
    """

    def __init__(self, model):
        self.model = model
        self._few_shapes = getattr(model, "few_shapes", None) or (lambda inputs, outputs: (inputs, outputs, None))

    def local(self, dataset):
        return _NumPyBatches(dataset)

    def build(self, batch):
        """Keras does it in the first step."""

    def training(self, dataset):
        return lambda batch: self._run(self.model.train_on_batch, batch)

    def testing(self, dataset):
        return lambda batch: (self._run(self.model.test_on_batch, batch), len(keras.tree.flatten(batch[1])[0]))

    def agree(self, *flags):
        return flags

    def _run(self, step, batch):
        inputs, outputs, weight = self._few_shapes(*batch)
        self.model.reset_metrics()
        return _floats(step(inputs, outputs, sample_weight=weight, return_dict=True))


class _NumPyBatches:
    """A dataset as NumPy arrays, from its beginning whenever it is iterated over."""

    def __init__(self, dataset):
        self.dataset = dataset

    def __iter__(self):
        return iter(self.dataset.as_numpy_iterator())
