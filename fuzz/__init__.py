"""Fuzzing: one target for each reader of bytes, seeds made by code, mutations that follow a seed. `make fuzz` runs it."""
