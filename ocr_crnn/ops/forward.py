"""The forward pass of a network on a whole batch, whatever strategy its variables were made under."""

import keras


def make_forward(network):
    """The function `inputs → outputs` of a Keras model, NumPy arrays in and out, without training.

    `predict_on_batch` runs a model that was made under a `tf.distribute` strategy once on every replica and gives replicas × rows.
    Such a model is compiled here outside its replicas: one pass over the rows, in this process, that waits for no other worker.
    Any other model goes through `predict_on_batch`.
    """
    strategy = getattr(network, "distribute_strategy", None)  # models of other backends have none
    if strategy is None or strategy.num_replicas_in_sync == 1:
        return network.predict_on_batch
    import tensorflow as tf

    @tf.function(reduce_retracing=True, autograph=False)
    def run(inputs):
        return network(inputs, training=False)

    def forward(inputs):
        return keras.tree.map_structure(keras.ops.convert_to_numpy, run(keras.tree.map_structure(tf.convert_to_tensor, inputs)))

    return forward
