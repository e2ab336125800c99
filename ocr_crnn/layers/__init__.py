"""Keras layers of the networks; `keras.ops` only, so they run on every Keras backend."""
