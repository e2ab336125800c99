"""Losses, on keras.ops: the same function on every backend."""
