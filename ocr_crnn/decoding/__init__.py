"""Decoding: from logits `(lines, time, classes)`, blank last, to characters with scores and time spans. NumPy."""
