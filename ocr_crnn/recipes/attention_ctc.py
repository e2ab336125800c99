"""attention_ctc: the default recogniser, on rendered lines and on lines of a data set."""

from pathlib import Path

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.recipes.experiment import Experiment, make_optimizer_from
from ocr_crnn.recipes.lines import add_rendering_options, make_rendered_lines, read_truth
from ocr_crnn.training.options import real, whole

MEASURED = 500  # lines of --data whose character error rate is logged


def add_attention_ctc_options(parser):
    add_rendering_options(parser)
    parser.add_argument("--data", nargs="+", default=[], metavar="PATH", help="AI Hub's sets, page JSON, or annotations, besides")
    parser.add_argument("--data-share", type=real(0, 1, above=True), default=0.5, help="share of the lines that are of --data; 1 = all")
    parser.add_argument(
        "--validation", type=real(0, 1, above=True, below=True), default=0.1, help="share of the images of --data to measure on"
    )  # fmt: skip
    parser.add_argument("--sampled-classes", type=whole(), default=2048, help="classes of the softmax in each batch; 0 = all")
    parser.add_argument("--no-hanja", action="store_true", help="an alphabet without the Hanja of KS X 1001")
    parser.add_argument("--head", choices=("factorised", "flat"), default="factorised")


def attention_ctc(args):
    """Train the default recogniser on lines rendered from text, with every Korean font found but the held-out ones.

    --data adds lines of AI Hub or of one's own, read as by the recipe crnn; their error is logged as `cer_data`, and the best
    epoch is that with the smallest.

    --weights takes a run folder too, of the same network for any alphabet, and begins with the weights of its last step, or a
    preset, by its name or folder.
    Logs the character error rate on lines of its own seed: `cer` in fonts of the training, `cer_new_fonts` in held-out
    fonts, `cer_new_syllables` on clean lines of withheld syllables.
    """
    from dataclasses import replace
    from functools import partial

    from ocr_crnn.ops.frames import count_frames
    from ocr_crnn.recognition.attention_ctc import AttentionCTC
    from ocr_crnn.recognition.codecs import CTCCodec
    from ocr_crnn.recognition.recognizer import TextRecognizer
    from ocr_crnn.training import line_batches, rendered
    from ocr_crnn.training.freezing import freeze
    from ocr_crnn.training.recognition import ReadingError, RecognitionTraining
    from ocr_crnn.training.truth_lines import MixedLines

    alphabet = Alphabet.korean(with_hanja=not args.no_hanja)
    codec = CTCCodec(alphabet)
    network = AttentionCTC(codec.classes, codec.syllables if args.head == "factorised" else None, name="attention_ctc")
    _begin_with(args, network, alphabet)
    if args.freeze:
        freeze(network, args.freeze)
    frames_for_width = partial(count_frames, stride=network.stride)
    source, new_faces = make_rendered_lines(args, codec, frames_for_width)
    truth, measured, reports = _read_data(args, codec, frames_for_width)
    if truth:
        source = replace(source, withheld="".join(c for c in source.withheld if c not in truth.characters))
    lines = rendered.draw_validation_lines(source, new_faces) | measured
    if truth:
        source = MixedLines(truth, source, args.data_share)
    steps_per_epoch = args.steps_per_epoch or 400
    processes = 0 if args.data else args.renderers  # the cache of the lines of --data is in this process
    return Experiment(
        model=RecognitionTraining(network, codec),
        network=network,
        batches=lambda first: line_batches.lines_dataset(source, args.columns, first, args.sampled_classes, processes),
        steps_per_epoch=steps_per_epoch,
        alphabet=alphabet,
        compile={"optimizer": make_optimizer_from(args, steps_per_epoch)},
        validation=line_batches.fixed_dataset(codec, [*lines["cer"], *lines.get("cer_new_fonts", []), *measured.get("cer_data", [])]),
        monitor="cer_data" if args.data else "cer",
        callbacks=(ReadingError(TextRecognizer(network, codec), lines),),
        reports=reports,
    )


def _read_data(args, codec, frames_for_width):
    """The TruthLines of --data to learn from, the lines to measure by log name, and reports by name; nothing of no --data."""
    from ocr_crnn.training.truth_lines import TruthLines

    if not args.data:
        return None, {}, {}
    read, kept = read_truth(args.data).split(1 - args.validation, seed=args.seed)
    truth, measured = (TruthLines(part, codec, frames_for_width) for part in (read, kept))
    lines = measured.lines(MEASURED)
    print(f"{len(truth):,} lines of --data to learn from, {len(lines)} to measure")
    return truth, {"cer_data": lines}, {"data": read.report, "training": truth.report, "validation": measured.report}


def _begin_with(args, network, alphabet):
    """Give the network the weights that --weights names."""
    from ocr_crnn.recognition.attention_ctc import transfer_weights
    from ocr_crnn.training.weights import load_weights

    if args.weights and not args.weights.endswith(".h5"):
        before, known = _load_recognizer(args.weights)
        if (before.get_config()["syllables"] is None) != (args.head == "flat"):
            raise ValueError(
                f"Weights keep the head they were trained with. Received: --head {args.head} with {args.weights}, which has the other. "
                "Take the other --head."
            )
        print(f"weights of {args.weights}; characters that begin anew: {transfer_weights(before, known, network, alphabet)!r}")
    elif args.weights:
        load_weights(network, args.weights)


def _load_recognizer(run_or_preset):
    """Network and alphabet of a run folder's last step, or of a preset."""
    from ocr_crnn.recognition.recognizer import TextRecognizer
    from ocr_crnn.training.run import load_network

    if (Path(run_or_preset) / "network.json").exists():
        return load_network(run_or_preset, "last")
    recognizer = TextRecognizer.from_preset(run_or_preset)
    return recognizer.network, recognizer.alphabet
