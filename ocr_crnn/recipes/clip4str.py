"""clip4str: the recogniser of two branches, image and image with text, on rendered words and short lines and on lines of a data set."""

from ocr_crnn.recipes.lines import add_line_options, make_alphabet, make_word_experiment
from ocr_crnn.recipes.vitstr import add_size_options
from ocr_crnn.training.options import whole

CONTEXT = 77  # places of CLIP's text encoder


def add_clip4str_options(parser):
    add_line_options(parser)
    add_size_options(parser)
    parser.add_argument("--patch", type=whole(1), nargs=2, default=[8, 8], metavar=("WIDTH", "HEIGHT"), help="of a patch in pixels")
    parser.add_argument("--text-frozen", type=whole(0, 64), default=0, help="blocks of the text encoder that are not trained")
    parser.add_argument("--refinements", type=whole(0, 8), default=1, help="how often the reading is read again")
    parser.add_argument("--byte-pairs", action="store_true", help="CLIP's tokens in place of characters; pip install 'ocr-crnn[clip]'")


def clip4str(args):
    """Train CLIP4STR on words and short lines rendered from text, as the recipe attention_ctc renders them.

    Its text encoder is over the characters of the alphabet, or with --byte-pairs over CLIP's tokens, up to three a character, and begins
    untrained where --weights give it none. Each batch is written in six orders, as of the recipe parseq. Long texts and wide lines,
    --weights and what is logged: as of the recipe vitstr.
    """
    from ocr_crnn.recognition.clip4str import CLIP4STR, SIZES
    from ocr_crnn.recognition.codecs import PermutedCodec

    codec = PermutedCodec(make_alphabet(args))
    how = {"frozen": args.text_frozen, "refinements": args.refinements}
    shape = {"width": args.width, "positions": args.positions, "patch": tuple(args.patch), **SIZES[args.size]}
    text = byte_pair_text(codec.alphabet.characters, args.positions) if args.byte_pairs else {}
    network = CLIP4STR(codec.classes, **shape, **text, **how, name="clip4str")
    return make_word_experiment(args, network, codec)


def byte_pair_text(characters, positions):
    """Arguments of a CLIP4STR over CLIP's tokens, with room for as many as `positions` characters have."""
    from ocr_crnn.recognition.byte_pairs import clip_byte_pairs

    byte_pairs = clip_byte_pairs()
    pieces = byte_pairs.pieces(characters)
    length = positions * max(map(len, pieces)) + 2  # begin and end
    return {"pieces": pieces, "vocabulary": byte_pairs.size, "context": max(CONTEXT, length), "text_length": length}
