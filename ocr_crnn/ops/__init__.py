"""Tensors in, tensors out; every operation here exports, except the compiled call."""
