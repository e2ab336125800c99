"""Recognisers: one network each, and TextRecognizer, which speaks images and text. `keras.ops` only."""
