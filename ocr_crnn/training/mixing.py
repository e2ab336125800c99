"""Weights between two presets of one network: `python -m ocr_crnn.training.mixing PRESET OTHER --share 0.5 --to FOLDER`.

What a short training on new material has forgotten comes back, and a part of what it has learnt stays. Nothing is trained.
"""

import argparse
import json
from pathlib import Path

import keras

from ocr_crnn.detection.detector import TextDetector
from ocr_crnn.presets import read_preset
from ocr_crnn.presets.engine_files import LiteRTError
from ocr_crnn.recognition.recognizer import TextRecognizer
from ocr_crnn.spotting.text_spotter import TextSpotter
from ocr_crnn.training.options import real
from ocr_crnn.training.quantise import quantise_preset

SHARES = (0.2, 0.4, 0.6, 0.8, 1.0)  # of a trained network's weights, that are tried
TASKS = {"detection": TextDetector, "recognition": TextRecognizer, "spotting": TextSpotter}


def mix_weights(network, before, share):
    """Move a network's weights towards those of `before`: `share` of its own, the rest of `before`'s.

    Source: Wortsman et al., Robust fine-tuning of zero-shot models (2022). Both have the same variables. Raises ValueError where they
    have not.
    """
    old = {variable.path: variable for variable in before.variables}
    shapes = {path: tuple(variable.shape) for path, variable in old.items()}
    if shapes != {variable.path: tuple(variable.shape) for variable in network.variables}:
        raise ValueError(
            f"Weights are mixed of two networks with the same variables. Received: {len(network.variables)} and {len(shapes)} "
            "of other names or shapes. Take one of the two as it is."
        )
    for variable in network.variables:
        variable.assign(share * variable + (1 - share) * old[variable.path])


def choose_share(network, before, measure, allowance=0.05, shares=SHARES):
    """Mix as much of a trained network with `before` as is best; returns `(share, {share: (own error, other error)})`.

    measure: function `() → (own, other)` of errors, from 0, of the network as it then is: on material like the new one, and on what it
    could do before. The share with the smallest own error is taken among those whose other error is at most that of `before` and a part of
    it, `allowance`, more; of equals the smallest. 0 is one of them: nothing got better.
    The network has the chosen weights in the end. Source of the mixing: as `mix_weights`.
    """
    trained = [keras.ops.convert_to_numpy(variable) for variable in network.variables]

    def take(share):
        for variable, value in zip(network.variables, trained, strict=True):
            variable.assign(value)
        mix_weights(network, before, share)

    errors = {}
    for share in (0.0, *shares):
        take(share)
        errors[share] = measure()
    most = errors[0.0][1] * (1 + allowance)
    best = min((own, share) for share, (own, other) in errors.items() if other <= most)[1]
    take(best)
    return best, errors


def mix_presets(preset, other, folder, share, card, settings=None):
    """Write a preset with `share` of the weights of `other` and the rest of those of `preset`; returns its folder.

    card: Markdown of its model card. settings: of a detector, in place of those of `preset` (`TextDetector.adjust`). Raises ValueError
    for two tasks, or networks of other variables.
    """
    tasks = [read_preset(name)[1]["task"] for name in (preset, other)]
    if tasks[0] != tasks[1] or tasks[0] not in TASKS:
        raise ValueError(f"Two presets of {' or '.join(TASKS)} are mixed. Received: {preset} ({tasks[0]}) and {other} ({tasks[1]}).")
    mixed, begun = (TASKS[tasks[0]].from_preset(name) for name in (preset, other))
    mix_weights(mixed.network, begun.network, 1 - share)
    if settings:
        mixed = mixed.adjust(**settings)
    return mixed.save_to_preset(folder, card)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("preset", help="name or folder")
    parser.add_argument("other", help="name or folder, of the same network")
    parser.add_argument("--to", required=True, metavar="FOLDER")
    parser.add_argument("--share", type=real(0, 1), default=0.5, help="of the other's weights; the rest are the first one's")
    parser.add_argument("--settings", metavar="JSON", type=json.loads, help='of a detector: \'{"min_score": 0.9}\'')
    parser.add_argument("--card", metavar="FILE", help="the model card, Markdown; by default the command")
    args = parser.parse_args()
    command = f"python -m ocr_crnn.training.mixing {args.preset} {args.other} --share {args.share:g}"
    card = Path(args.card).read_text(encoding="utf-8") if args.card else f"# {Path(args.to).name}\n\nMade by `{command}`.\n"
    print(mix_presets(args.preset, args.other, args.to, args.share, card, args.settings))
    try:
        quantise_preset(args.to)
    except LiteRTError as error:
        print(f"Without LiteRT files. {error}")


if __name__ == "__main__":
    main()
