"""Training on several GPUs or several machines with `tf.distribute`."""

import json
import os

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


def is_chief(strategy):
    """True on the worker that writes the run folder: the only one of a single machine, else worker 0."""
    resolver = strategy.cluster_resolver
    return resolver is None or not resolver.task_type or (resolver.task_type == "worker" and resolver.task_id in (0, None))


def local_rows(dataset, strategy):
    """The dataset of global batches → what the replicas of this worker get: of each batch, an equal share for each replica.

    Every worker makes the whole batch and keeps its rows, so the data are the same for any number of workers. Where a
    batch does not divide by the number of replicas, its first rows are there twice.
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
        rows = tf.shape(tf.nest.flatten(batch)[0], tf.int64)[0]
        each = -(-rows // replicas)
        indices = (tf.range(each) * replicas + replica) % rows
        return tf.nest.map_structure(lambda tensor: tf.gather(tensor, indices), batch)

    return strategy.distribute_datasets_from_function(shares)
