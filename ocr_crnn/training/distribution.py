"""Training on several GPUs or several machines with `tf.distribute`."""

import json
import os
from contextlib import contextmanager

KINDS = ("none", "mirrored", "multiworker")


def make_strategy(kind=None):
    """The `tf.distribute.Strategy` of a kind; None means multiworker where TF_CONFIG is set, and none elsewhere.

    mirrored: every GPU of this machine. multiworker: every machine named by TF_CONFIG, each of which runs the same
    command with its own task index. A multiworker strategy has to be made before any other TensorFlow operation.
    """
    import tensorflow as tf  # here, so that the command line knows KINDS without it

    kind = kind or ("multiworker" if "TF_CONFIG" in os.environ else "none")
    if kind not in KINDS:
        raise ValueError(f"A distribution is one of {', '.join(KINDS)}. Received: {kind!r}.")
    _check_backend(kind)
    if kind == "mirrored":
        return tf.distribute.MirroredStrategy()
    if kind == "multiworker":
        if not json.loads(os.environ.get("TF_CONFIG", "{}")).get("cluster"):
            raise ValueError(
                "A multiworker run needs TF_CONFIG, the same cluster and its own task on every machine. Received: no cluster. "
                'For example: {"cluster": {"worker": ["10.0.0.1:12345", "10.0.0.2:12345"]}, "task": {"type": "worker", "index": 0}}'
            )
        return tf.distribute.MultiWorkerMirroredStrategy()
    return tf.distribute.get_strategy()


def _check_backend(kind):
    """Several devices train on TensorFlow alone; another backend has the GPUs for itself."""
    import keras
    import tensorflow as tf

    if keras.backend.backend() == "tensorflow":
        return
    if kind != "none":
        raise ValueError(
            f"Several devices train on Keras's TensorFlow backend. Received: {kind} on {keras.backend.backend()}. "
            "Leave KERAS_BACKEND out, or train on one device: without TF_CONFIG, --processes and --distribute."
        )
    tf.config.set_visible_devices([], "GPU")


def is_chief(strategy):
    """True on the worker that writes the run folder: the only one of a single machine, else worker 0."""
    resolver = strategy.cluster_resolver
    return resolver is None or not resolver.task_type or (resolver.task_type == "worker" and resolver.task_id in (0, None))


def local_rows(dataset, strategy, whole=()):
    """The dataset of global batches → what the replicas of this worker get: of each batch, every n-th row for each of n replicas.

    whole: names of inputs that have no row for each sample; every replica gets all of them.
    Every worker makes the whole batch and keeps its rows, so the data are the same for any number of workers. On several replicas a batch
    is `(inputs, outputs, sample_weight)`: the weights make the average of the replicas' means the mean of the batch, where one has a row
    more than another too. Where a batch has fewer rows than there are replicas, rows are repeated with weight 0, so that each has one;
    BatchNormalization alone sees them twice.
    """
    import tensorflow as tf

    replicas = strategy.num_replicas_in_sync
    if replicas == 1:
        return dataset

    def shares(context):
        workers, worker = context.num_input_pipelines, context.input_pipeline_id
        local = replicas // workers
        return dataset.flat_map(lambda *batch: tf.data.Dataset.range(worker * local, (worker + 1) * local).map(lambda i: share(batch, i)))

    def share(batch, replica):
        inputs, outputs = batch
        rows = tf.shape(tf.nest.flatten(outputs)[0], tf.int64)[0]
        indices = tf.range(replica, tf.maximum(rows, replica + 1), replicas)
        kept = {name: inputs[name] for name in whole if name in inputs}
        by_row = {name: value for name, value in inputs.items() if name not in kept} if kept else inputs
        by_row, outputs = tf.nest.map_structure(lambda tensor: tf.gather(tensor, indices % rows), (by_row, outputs))
        weight = tf.cast(tf.size(indices) * replicas, tf.float32) / tf.cast(rows, tf.float32)
        return ({**by_row, **kept} if kept else by_row), outputs, tf.where(indices < rows, weight, 0.0)

    return strategy.distribute_datasets_from_function(shares)


def sum_over_replicas(value):
    """The sum of a value over the replicas of a step; the value itself outside of one. Gradients do not pass."""
    import tensorflow as tf

    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return value
    return context.all_reduce(tf.distribute.ReduceOp.SUM, tf.stop_gradient(value))


@contextmanager
def as_one_process(model, strategy):
    """While a step is traced for several replicas: it is computed from the rows of all of them, as one process does.

    Every BatchNormalization takes mean and variance over all rows. Gradients become the mean of the replicas before the
    optimiser clips them, so that the clipped ones are those of the batch; `clipnorm` is then the bound divided by the replicas.
    """
    if strategy.num_replicas_in_sync == 1:
        yield
        return
    import keras

    layers = [layer for layer in model._flatten_layers() if isinstance(layer, keras.layers.BatchNormalization)]
    layers = [layer for layer in layers if not layer.synchronized]
    apply_gradients = model.optimizer.apply_gradients
    for layer in layers:
        layer.synchronized = True
    model.optimizer.apply_gradients = lambda pairs: apply_gradients(_mean_over_replicas(pairs))
    try:
        yield
    finally:
        del model.optimizer.apply_gradients
        for layer in layers:
            layer.synchronized = False


def _mean_over_replicas(gradients_and_variables):
    """The same pairs; gradients become dense, since rows that two replicas have would count as two in a norm."""
    import tensorflow as tf

    pairs = list(gradients_and_variables)
    dense = [tf.convert_to_tensor(gradient) for gradient, _ in pairs if gradient is not None]
    means = iter(tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.MEAN, dense))
    return [(None if gradient is None else next(means), variable) for gradient, variable in pairs]
