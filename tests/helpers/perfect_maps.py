"""Maps of the anchor-free detector that say what its targets say."""

import numpy as np


def perfect_maps(targets):
    """Targets of detection.centers, with or without the axis of a batch in front → maps `(…, height, width, 40)`."""
    words, characters = (targets[name][..., :-1].copy() for name in ("words", "characters"))
    for maps, channels in ((words, [0, 5, 8, 9, 10, 11]), (characters, [0])):
        chances = np.clip(maps[..., channels], 1e-6, 1 - 1e-6)
        maps[..., channels] = np.log(chances / (1 - chances))
    return np.concatenate([words, characters.reshape(*words.shape[:-1], -1)], axis=-1)
