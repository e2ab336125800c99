"""parseq: the recogniser that learns to write in any order, on rendered words and short lines and on lines of a data set."""

from ocr_crnn.recipes.lines import add_line_options, make_alphabet, make_word_experiment
from ocr_crnn.recipes.vitstr import add_size_options
from ocr_crnn.training.options import whole


def add_parseq_options(parser):
    add_line_options(parser)
    add_size_options(parser)
    parser.add_argument("--patch", type=whole(1), nargs=2, default=[8, 4], metavar=("WIDTH", "HEIGHT"), help="of a patch in pixels")
    parser.add_argument("--at-once", action="store_true", help="read all characters at once, not from left to right")
    parser.add_argument("--refinements", type=whole(0, 8), default=1, help="how often the reading is read again")


def parseq(args):
    """Train PARSeq on words and short lines rendered from text, as the recipe attention_ctc renders them.

    Each batch is written in six orders, drawn for its number. How lines are read (--at-once, --refinements) changes what is measured and
    shipped, not what is learnt. Long texts and wide lines, --weights and what is logged: as of the recipe vitstr.
    """
    from ocr_crnn.recognition.codecs import PermutedCodec
    from ocr_crnn.recognition.parseq import SIZES, PARSeq

    codec = PermutedCodec(make_alphabet(args))
    how = {"autoregressive": not args.at_once, "refinements": args.refinements}
    shape = {"width": args.width, "positions": args.positions, "patch": tuple(args.patch), **SIZES[args.size]}
    network = PARSeq(codec.classes, **shape, **how, name="parseq")
    return make_word_experiment(args, network, codec)
