"""Graphs of TensorFlow that run as they were traced."""

from contextlib import contextmanager


@contextmanager
def plain_graphs():
    """In the block TensorFlow does not rewrite a graph before it runs: that takes as long as hundreds of small steps, and what is computed
    stays the same.

    For trainings that are looked at as a whole. Served graphs, twins and trainings in several processes are rewritten as everywhere else.
    """
    import tensorflow as tf

    before = tf.config.optimizer.get_experimental_options().get("disable_meta_optimizer", False)
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    try:
        yield
    finally:
        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": before})
