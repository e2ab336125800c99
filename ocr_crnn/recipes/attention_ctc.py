"""attention_ctc: the default recogniser, on rendered lines."""

from pathlib import Path

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.recipes.experiment import HELD_OUT_FONTS, Experiment, make_optimizer_from
from ocr_crnn.training.options import whole


def add_attention_ctc_options(parser):
    parser.add_argument("--corpus", nargs="*", default=[], metavar="PATH", help="UTF-8 text, a sentence a line, beside the templates")
    parser.add_argument("--words", metavar="FILE", help="a word list, or a hunspell .dic file")
    parser.add_argument("--fonts", nargs="*", metavar="PATH", help="font files and folders; those of the system by default")
    parser.add_argument("--columns", type=whole(1), default=11_500, help="pixel columns of a batch, instead of --batch-size")
    parser.add_argument("--sampled-classes", type=whole(), default=2048, help="classes of the softmax in each batch; 0 = all")
    parser.add_argument("--withhold", type=whole(), default=100, help="rare syllables kept out of the training text, to measure")
    parser.add_argument("--easy-batches", type=whole(), default=0, help="short clean lines at first, on which CTC takes off; by 16s")
    parser.add_argument("--renderers", type=whole(1), default=1, help="processes that render lines")
    parser.add_argument("--head", choices=("factorised", "flat"), default="factorised")


def attention_ctc(args):
    """Train the default recogniser on lines rendered from text, with every Korean font found but the held-out ones.

    --weights takes a run folder too, of the same network for any alphabet, and begins with the weights of its last step, or a
    preset, by its name or folder.
    Logs the character error rate on lines of its own seed: `cer` in fonts of the training, `cer_new_fonts` in held-out
    fonts, `cer_new_syllables` on clean lines of withheld syllables.
    """
    import numpy as np

    from ocr_crnn.recognition.attention_ctc import AttentionCTC, syllable_places, transfer_weights
    from ocr_crnn.recognition.recognizer import TextRecognizer
    from ocr_crnn.synthesis import fonts
    from ocr_crnn.synthesis.text import corpus
    from ocr_crnn.training import rendered
    from ocr_crnn.training.ctc import CTCTraining, ReadingError
    from ocr_crnn.training.freezing import freeze

    alphabet = Alphabet.korean()
    files = fonts.find_fonts(args.fonts)
    faces = fonts.load_faces(files, exclude=HELD_OUT_FONTS)
    new_faces = [face for face in fonts.load_faces(files) if face not in faces]
    sentences = corpus.read_corpus(args.corpus)
    # The same for every seed, so that no stage of a training sees what another withholds.
    withheld = rendered.draw_withheld(np.random.default_rng(0), sentences, args.withhold)
    print(f"{len(faces)} faces, {len(new_faces)} held out; {len(sentences)} sentences; withheld syllables: {withheld}")
    source = rendered.LineSource(
        seed=args.seed,
        faces=tuple(faces),
        alphabet=alphabet,
        latin_faces=tuple(fonts.load_faces(files, exclude=HELD_OUT_FONTS, holds="Ag09")),
        sentences=tuple(sentences),
        english=tuple(corpus.read_english()),
        words=tuple(corpus.read_words(args.words)) if args.words else (),
        withheld=withheld,
        easy_groups=-(-args.easy_batches // rendered.GROUP_BATCHES),
    )
    network = AttentionCTC(len(alphabet), syllable_places(alphabet) if args.head == "factorised" else None, name="attention_ctc")
    if args.weights and not args.weights.endswith(".h5"):
        before, known = _load_recognizer(args.weights)
        if (before.get_config()["syllables"] is None) != (args.head == "flat"):
            raise ValueError(
                f"Weights keep the head they were trained with. Received: --head {args.head} with {args.weights}, which has the other. "
                "Take the other --head."
            )
        print(f"weights of {args.weights}; characters that begin anew: {transfer_weights(before, known, network, alphabet)!r}")
    elif args.weights:
        network.load_weights(args.weights)
    if args.freeze:
        freeze(network, args.freeze)
    lines = rendered.draw_validation_lines(source, new_faces)
    steps_per_epoch = args.steps_per_epoch or 400
    return Experiment(
        model=CTCTraining(network),
        network=network,
        batches=lambda first: rendered.rendered_dataset(source, args.columns, first, args.sampled_classes, args.renderers),
        steps_per_epoch=steps_per_epoch,
        alphabet=alphabet,
        compile={"optimizer": make_optimizer_from(args, steps_per_epoch)},
        validation=rendered.fixed_dataset(alphabet, lines["cer"] + lines.get("cer_new_fonts", [])),
        monitor="cer",
        callbacks=(ReadingError(TextRecognizer(network, alphabet), lines),),
    )


def _load_recognizer(run_or_preset):
    """Network and alphabet of a run folder's last step, or of a preset."""
    from ocr_crnn.recognition.recognizer import TextRecognizer
    from ocr_crnn.training.run import load_network

    if (Path(run_or_preset) / "network.json").exists():
        return load_network(run_or_preset, "last")
    recognizer = TextRecognizer.from_preset(run_or_preset)
    return recognizer.network, recognizer.alphabet
