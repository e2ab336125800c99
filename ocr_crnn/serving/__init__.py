"""The reader as one graph for TensorFlow Serving, the client that asks it, and LiteRT files for small boards."""
