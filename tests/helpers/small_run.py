"""The run folder of a recogniser that has learnt nothing, as train.py leaves one."""

import json

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.recognition.attention_ctc import AttentionCTC, syllable_places

ALPHABET = Alphabet("01 가각힣")


def make_run(folder, batches):
    folder.mkdir()
    network = AttentionCTC(len(ALPHABET), syllable_places(ALPHABET), stages=((8, 4, 8),), units=8, num_blocks=1, num_heads=2, rank=2)
    config = {
        "recipe": "attention_ctc",
        "began": "2026-01-01T00:00:00",
        "resumed": [],
        "arguments": {"seed": 3, "precision": "float32"},
        "command": "python train.py attention_ctc --corpus /home/somebody/texts --columns 800 --background",
        "versions": {"keras": "3.15.1", "tensorflow": "2.21.0"},
        "commit": "0123456789abcdef",
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "history.csv").write_text("epoch,loss,cer\n" + "".join(f"{i},{1 / (i + 1)},{0.5 / (i + 1)}\n" for i in range(20)))
    (folder / "log.csv").write_text("loss,iteration\n" + "".join(f"1.0,{i}\n" for i in range(batches)))
    (folder / "network.json").write_text(network.to_json())
    ALPHABET.save(folder / "alphabet.txt")
    network.save_weights(folder / "best.weights.h5")
    return network
