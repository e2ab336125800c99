"""The lines of recognition recipes: rendered ones, and those of data sets; and the experiment of a network that learns from both."""

from pathlib import Path

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.recipes.experiment import HELD_OUT_FONTS, Experiment, make_optimizer_from
from ocr_crnn.training.options import real, whole

MEASURED = 500  # lines of --data whose character error rate is logged


def add_line_options(parser):
    """Rendered lines, those of --data, and the alphabet: the options of `make_line_experiment`."""
    add_rendering_options(parser)
    parser.add_argument("--data", nargs="+", default=[], metavar="PATH", help="AI Hub's sets, page JSON, or annotations, besides")
    parser.add_argument("--data-share", type=real(0, 1, above=True), default=0.5, help="share of the lines that are of --data; 1 = all")
    parser.add_argument(
        "--validation", type=real(0, 1, above=True, below=True), default=0.1, help="share of the images of --data to measure on"
    )  # fmt: skip
    parser.add_argument("--sampled-classes", type=whole(), default=2048, help="classes of the softmax in each batch; 0 = all")
    alphabet = parser.add_mutually_exclusive_group()
    alphabet.add_argument("--no-hanja", action="store_true", help="an alphabet without the Hanja of KS X 1001")
    alphabet.add_argument("--alphabet", metavar="FILE", help="other characters; then no syllable is withheld")


def make_alphabet(args):
    return Alphabet.load(args.alphabet) if args.alphabet else Alphabet.korean(with_hanja=not args.no_hanja)


def make_line_experiment(args, network, codec, frames_for_width, lengths=None):
    """The experiment of a RecognitionNetwork on rendered lines and those of --data, by the options of `add_line_options`.

    frames_for_width: the network's, a function that can be sent to another process. lengths: of the rendered texts, as of RenderedLines.
    Logs the character error rate on lines of its own seed: `cer` in fonts of the training, `cer_new_fonts` in held-out fonts,
    `cer_new_syllables` on clean lines of withheld syllables, and `cer_data` on lines of --data.
    """
    from dataclasses import replace

    from ocr_crnn.recognition.recognizer import TextRecognizer
    from ocr_crnn.training import line_batches, rendered
    from ocr_crnn.training.freezing import freeze
    from ocr_crnn.training.recognition import ReadingError, RecognitionTraining
    from ocr_crnn.training.truth_lines import MixedLines

    if args.freeze:
        freeze(network, args.freeze)
    source, new_faces = make_rendered_lines(args, codec, frames_for_width)
    source = replace(source, lengths=lengths or source.lengths, withheld="" if args.alphabet else source.withheld)
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
        alphabet=codec.alphabet,
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


def load_before(run_or_preset):
    """Network and alphabet of a run folder's last step, or of a preset: what --weights names."""
    from ocr_crnn.recognition.recognizer import TextRecognizer
    from ocr_crnn.training.run import load_network

    if (Path(run_or_preset) / "network.json").exists():
        return load_network(run_or_preset, "last")
    recognizer = TextRecognizer.from_preset(run_or_preset)
    return recognizer.network, recognizer.alphabet


def begin_with(weights, network, alphabet):
    """Give a network the weights of a .weights.h5 file, or of a run or preset of the same network for the same alphabet.

    Of a run of the recipe seqclr for another alphabet the encoder alone is taken; of a published checkpoint (.pt, .ckpt, .safetensors) of
    PARSeq, ViTSTR or CLIP4STR what fits the alphabet. What was taken is printed.
    """
    from ocr_crnn.training.weights import load_weights

    if weights.endswith(".h5"):
        load_weights(network, weights)
        return
    if weights.endswith((".pt", ".ckpt", ".safetensors")):
        from ocr_crnn.training.str_weights import load_str_weights

        print(load_str_weights(network, alphabet, weights))
        return
    before, known = load_before(weights)
    if known != alphabet and is_without_labels(weights):
        begin_with_encoder(before, network, weights)
        return
    shapes, wanted = ({v.path: tuple(v.shape) for v in of.trainable_variables} for of in (before, network))
    if shapes != wanted or known != alphabet:
        different = ", ".join(sorted(dict(shapes.items() ^ wanted.items()))[:3]) or "their alphabets"
        raise ValueError(
            f"Weights are those of the network and of its alphabet. Received: {weights}, which differs in {different}. "
            "Take the options of its own config.json."
        )
    network.set_weights(before.get_weights())
    print(f"weights of {weights}: all {len(network.variables)} variables taken{_and_the_head(weights)}")


def is_without_labels(weights):
    """Whether what --weights names is a run of the recipe seqclr, whose encoder alone has learnt."""
    from ocr_crnn.training.run import read_config

    return (Path(weights) / "network.json").exists() and read_config(weights)["recipe"] == "seqclr"


def _and_the_head(weights):
    return "; what reads the frames is as before the training without labels" if is_without_labels(weights) else ""


def begin_with_encoder(before, network, weights):
    """Give a network the encoder of another one of the same class, and print what was taken. Raises ValueError where they differ."""
    taken = {variable.path: variable for variable in before.encoder_variables}
    wanted = {variable.path: variable for variable in network.encoder_variables}
    shapes = [{path: tuple(variable.shape) for path, variable in of.items()} for of in (taken, wanted)]
    if type(before) is not type(network) or shapes[0] != shapes[1]:
        different = ", ".join(sorted({path for path, _ in shapes[0].items() ^ shapes[1].items()})[:3]) or "their kind"
        raise ValueError(
            f"An encoder is that of the same network. Received: {weights}, which differs in {different}. "
            "Take the options of its own config.json."
        )
    for path, variable in wanted.items():
        variable.assign(taken[path])
    fresh = sorted({variable.path.split("/")[0] for variable in network.variables if variable.path not in wanted})
    print(f"weights of {weights}: {len(wanted)} variables of the encoder taken; begin anew: {', '.join(fresh)}")


def make_word_experiment(args, network, codec):
    """`make_line_experiment` of a network of fixed steps, which begins with --weights: on words and short lines that it has room for."""
    from functools import partial

    from ocr_crnn.ops.frames import count_steps

    if args.weights:
        begin_with(args.weights, network, codec.alphabet)
    steps = partial(count_steps, steps=network.steps, widest=network.widest)
    return make_line_experiment(args, network, codec, steps, word_lengths(args.positions, args.width))


def word_lengths(positions, widest, height=32):
    """`(share, shortest, longest)` of texts that mostly fit into a network of so many positions and pixels: half words, half short lines.

    A syllable is 0.9 heights wide and a letter half of it; what turns out too wide is drawn again.
    """
    longest = max(min(positions, int(widest / (0.6 * height))), 1)
    return ((0.5, 1, max(longest // 2, 1)), (0.5, max(longest // 3, 1), longest))


def add_rendering_options(parser):
    parser.add_argument("--corpus", nargs="*", default=[], metavar="PATH", help="UTF-8 text, a sentence a line, beside the templates")
    parser.add_argument("--words", metavar="FILE", help="a word list, or a hunspell .dic file")
    parser.add_argument("--fonts", nargs="*", metavar="PATH", help="font files and folders; those of the system by default")
    parser.add_argument("--columns", type=whole(1), default=11_500, help="pixel columns of a batch, instead of --batch-size")
    parser.add_argument("--withhold", type=whole(), default=100, help="rare syllables kept out of the training text, to measure")
    parser.add_argument("--usual", action="store_true", help="for a last stage: texts as documents have them, fewer that are hard to read")
    parser.add_argument("--easy-batches", type=whole(), default=0, help="short clean lines at first, on which CTC takes off; by 16s")
    parser.add_argument("--renderers", type=whole(1), default=1, help="processes that render lines")


def make_rendered_lines(args, codec, frames_for_width, say=print):
    """`(RenderedLines, faces held out)` by the options of `add_rendering_options`. codec, frames_for_width: of the network."""
    import numpy as np

    from ocr_crnn.synthesis import fonts
    from ocr_crnn.synthesis.text import corpus
    from ocr_crnn.training import rendered
    from ocr_crnn.training.line_batches import GROUP_BATCHES

    files = fonts.find_fonts(args.fonts)
    left_out = (*HELD_OUT_FONTS, *getattr(args, "exclude_fonts", ()))
    faces = fonts.load_faces(files, exclude=left_out)
    new_faces = [face for face in fonts.load_faces(files) if face not in faces]
    sentences = corpus.read_corpus(args.corpus)
    # The same for every seed, so that no stage of a training sees what another withholds.
    withheld = rendered.draw_withheld(np.random.default_rng(0), sentences, args.withhold)
    say(f"{len(faces)} faces, {len(new_faces)} held out; {len(sentences)} sentences; withheld syllables: {withheld}")
    source = rendered.RenderedLines(
        seed=args.seed,
        faces=tuple(faces),
        codec=codec,
        frames_for_width=frames_for_width,
        latin_faces=tuple(fonts.load_faces(files, exclude=left_out, holds="Ag09")),
        sentences=tuple(sentences),
        english=corpus.read_english(),
        words=tuple(corpus.read_words(args.words)) if args.words else (),
        withheld=withheld,
        easy_groups=-(-args.easy_batches // GROUP_BATCHES),
        **({"mixtures": (rendered.USUAL_SHORT_MIXTURE, rendered.USUAL_LINE_MIXTURE)} if args.usual else {}),
    )
    return source, new_faces


def read_truth(paths, part=None, kind=None):
    """One GTUtility of several folders, zips or files in any format. part, kind: as of `read_aihub`."""
    from ocr_crnn.data.ground_truth import read_ground_truth

    return read_ground_truth(paths, part=part, kind=kind)
