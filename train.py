"""Train a network: `python train.py RECIPE …`. The recipes and their options stand in ocr_crnn/recipes/.

    python train.py crnn --data data/printed --experiment crnn_korean_v1 --epochs 1000 --batch-size 128 \
        --learning-rate 1e-4 --freeze conv1_1 conv2_1 conv3_1 conv3_2 --weights FILE --background
    python train.py --status checkpoints/<run>      how it stands
    python train.py --resume checkpoints/<run>      go on after a stop, a crash or a kill
    python train.py RECIPE --help                   every option
"""

import sys

from ocr_crnn.recipes import RECIPES
from ocr_crnn.training.command import main

if __name__ == "__main__":
    sys.exit(main(RECIPES))
