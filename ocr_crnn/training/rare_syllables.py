"""Syllables that documents hardly ever hold are read only where the line says so clearly."""

import keras
import numpy as np


def is_rare(character):
    """Whether a character is a syllable beyond the 2,350 of KS X 1001, which all but a few words are written with."""
    return "가" <= character <= "힣" and len(character.encode("euc_kr")) > 2  # the others take eight bytes, letter by letter


def lower_rare_syllables(network, alphabet, nats):
    """Lower the logits of a RecognitionNetwork's rare syllables by so many natural units; returns how many syllables that are.

    Rendered lines draw any syllable in every twentieth text, that all may be learnt, so rare ones seem likelier than they are, and where
    ㅗ is hard to tell from ㅡ 목적 becomes 믁적. Source: Menon et al., Long-tail learning via logit adjustment (2021, arXiv 2007.07314),
    with one number for all of them in place of the logarithm of each one's frequency, and less of it. Raises ValueError for a network
    whose head has no bias for each class.
    """
    biases = [variable for variable in network.variables if variable.path.endswith("head/class_bias")]
    if len(biases) != 1:
        raise ValueError(
            "Rare syllables are lowered in the bias of each class that a recogniser's CTC head has. Received: "
            f"{type(network).__name__}, {len(biases)} such. Ship it without."
        )
    rare = np.array([is_rare(character) for character in alphabet.characters] + [False])  # the blank is last
    biases[0].assign(keras.ops.convert_to_numpy(biases[0]) - np.float32(nats) * rare)
    return int(rare.sum())
