"""vitstr: the recogniser of one pass, on rendered words and short lines and on lines of a data set."""

from ocr_crnn.recipes.lines import add_line_options, make_alphabet, make_word_experiment
from ocr_crnn.training.options import whole


def add_vitstr_options(parser):
    add_line_options(parser)
    add_size_options(parser)
    parser.add_argument("--stem", choices=("columns", "convolutions"), default="convolutions", help="what makes tokens of an image")


def add_size_options(parser):
    """Of the networks with a fixed number of positions, and how they are trained by default."""
    parser.add_argument("--size", choices=("tiny", "small"), default="tiny")
    parser.add_argument("--positions", type=whole(1, 96), default=25, help="characters of a line at most")
    parser.add_argument("--width", type=whole(32, 2048, multiple=32), default=256, metavar="PIXELS", help="of a line of 32 px at most")
    parser.set_defaults(
        columns=6000, epochs=30, optimizer="adamw", learning_rate=1e-3, schedule="cosine", warmup_steps=300, clipnorm=20.0,
        weight_decay=0.0, ema=0.998,
    )  # fmt: skip


def vitstr(args):
    """Train ViTSTR on words and short lines rendered from text, as the recipe attention_ctc renders them.

    Texts longer than --positions and lines wider than --width are not learnt: rendered ones are drawn again, those of --data are left out
    and counted in report_training.csv. Reading cuts such lines into pieces. --weights takes a .weights.h5 file, a run or preset of the
    same network, or a published checkpoint (.pt, .ckpt, .safetensors) of it: those of PARSeq are of --size, --width 128 and --patch 8 4,
    and of ViTSTR the blocks are taken. Logs the character error rates of attention_ctc.
    """
    from ocr_crnn.recognition.codecs import AttentionCodec
    from ocr_crnn.recognition.vitstr import SIZES, ViTSTR

    codec = AttentionCodec(make_alphabet(args))
    shape = {"stem": args.stem, "width": args.width, "positions": args.positions, **SIZES[args.size]}
    network = ViTSTR(codec.classes, **shape, name="vitstr")
    return make_word_experiment(args, network, codec)
