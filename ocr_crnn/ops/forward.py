"""The forward pass of a network on a whole batch, whatever strategy its variables were made under."""

import os

import keras


def make_forward(network, inputs=None):
    """The function `inputs → outputs` of a Keras model, NumPy arrays in and out, without training.

    inputs: structure of Keras tensors, what the network takes; None for `network.input`. With TensorFlow the network is traced for
        their shapes once, at the first call, where `predict_on_batch` traces it again for a second size.
    `predict_on_batch` also runs a model that was made under a `tf.distribute` strategy once on every replica and gives replicas × rows.
    Here it is one pass over the rows, in this process, that waits for no other worker.
    Other backends go through `predict_on_batch`.
    """
    if keras.backend.backend() != "tensorflow":
        return network.predict_on_batch
    import tensorflow as tf

    inputs = network.input if inputs is None else inputs
    signature = keras.tree.map_structure(lambda tensor: tf.TensorSpec(tensor.shape, tensor.dtype), inputs)

    @tf.function(autograph=False, input_signature=[signature])
    def run(inputs):
        return network(inputs, training=False)

    process = os.getpid()

    def forward(inputs):
        refuse_fork(process)
        tensors = keras.tree.map_structure(lambda values, spec: tf.cast(tf.convert_to_tensor(values), spec.dtype), inputs, signature)
        return keras.tree.map_structure(keras.ops.convert_to_numpy, run(tensors))

    return forward


def refuse_fork(process):
    """Raise RuntimeError in another process than the given one, where TensorFlow would wait for ever for threads that are missing."""
    if os.getpid() != process:
        raise RuntimeError(
            f"TensorFlow runs in the process that has loaded it. Received: a network of process {process} in its fork {os.getpid()}. "
            "Start workers with spawn, multiprocessing.get_context('spawn'), or load the reader in each; the LiteRT engine may be forked."
        )
