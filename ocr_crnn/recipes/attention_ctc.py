"""attention_ctc: the default recogniser, on rendered lines and on lines of a data set."""

from ocr_crnn.recipes.lines import (
    add_line_options,
    begin_with_encoder,
    is_without_labels,
    load_before,
    make_alphabet,
    make_line_experiment,
    word_lengths,
)
from ocr_crnn.training.options import whole


def add_attention_ctc_options(parser):
    add_line_options(parser)
    parser.add_argument("--head", choices=("factorised", "flat"), default="factorised")
    parser.add_argument(
        "--short-lines", type=whole(1), nargs=2, metavar=("CHARACTERS", "PIXELS"),
        help="only words and lines so long and wide at most, as the recipes vitstr and parseq draw them, to compare",
    )  # fmt: skip


def attention_ctc(args):
    """Train the default recogniser on lines rendered from text, with every Korean font found but the held-out ones.

    --data adds lines of AI Hub or of one's own, read as by the recipe crnn; their error is logged as `cer_data`, and the best
    epoch is that with the smallest.

    --weights takes a run folder too, of the same network for any alphabet, and begins with the weights of its last step, or a
    preset, by its name or folder.
    Logs the character error rate on lines of its own seed: `cer` in fonts of the training, `cer_new_fonts` in held-out
    fonts, `cer_new_syllables` on clean lines of withheld syllables.
    """
    from functools import partial

    from ocr_crnn.ops.frames import count_frames, count_frames_up_to
    from ocr_crnn.recognition.attention_ctc import AttentionCTC
    from ocr_crnn.recognition.codecs import CTCCodec

    alphabet = make_alphabet(args)
    codec = CTCCodec(alphabet)
    network = AttentionCTC(codec.classes, codec.syllables if args.head == "factorised" else None, name="attention_ctc")
    _begin_with(args, network, alphabet)
    if not args.short_lines:
        return make_line_experiment(args, network, codec, partial(count_frames, stride=network.stride))
    longest, widest = args.short_lines
    frames = partial(count_frames_up_to, stride=network.stride, widest=widest)
    return make_line_experiment(args, network, codec, frames, word_lengths(longest, widest))


def _begin_with(args, network, alphabet):
    """Give the network the weights that --weights names."""
    from ocr_crnn.recognition.attention_ctc import transfer_weights
    from ocr_crnn.training.weights import load_weights

    if args.weights and not args.weights.endswith(".h5"):
        before, known = load_before(args.weights)
        if known != alphabet and is_without_labels(args.weights):
            begin_with_encoder(before, network, args.weights)
            return
        if (before.get_config()["syllables"] is None) != (args.head == "flat"):
            raise ValueError(
                f"Weights keep the head they were trained with. Received: --head {args.head} with {args.weights}, which has the other. "
                "Take the other --head."
            )
        print(f"weights of {args.weights}; characters that begin anew: {transfer_weights(before, known, network, alphabet)!r}")
    elif args.weights:
        load_weights(network, args.weights)
