"""crnn: the network of the lineage, on the lines of 한국어 글자체 이미지 or of a folder in its shape."""

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.recipes.experiment import Experiment, make_optimizer_from
from ocr_crnn.recipes.lines import add_rendering_options, make_rendered_lines, read_truth
from ocr_crnn.training.options import real, whole


def add_crnn_options(parser):
    parser.add_argument("--data", nargs="+", default=["data/printed"], metavar="PATH", help="AI Hub's sets, page JSON, or annotations")
    parser.add_argument("--part", choices=("printed", "handwriting", "augmentation", "wild"), help="by default all that are there")
    parser.add_argument("--kind", choices=("sentence", "word", "syllable"), help="by default all that are there")
    parser.add_argument("--longest", type=whole(1), metavar="CHARACTERS", help="leave longer lines out")
    parser.add_argument("--characters", metavar="STRING", help="leave lines out that hold any other character")
    share = real(0, 1, above=True, below=True)
    parser.add_argument("--validation", type=share, default=0.1, help="share of the images to measure on, between 0 and 1")
    parser.add_argument("--alphabet", metavar="FILE", help="by default every character of the data")
    parser.add_argument("--width", type=whole(32), metavar="PIXELS", help="of every line; by default buckets, so that no line is squeezed")
    parser.add_argument("--concatenate", action="store_true", help="join words to lines")
    parser.add_argument("--augment", action="store_true", help="print, scan and fax the lines anew each time")
    _add_layer_options(parser)
    parser.add_argument("--cache", default="memory", metavar="DIR", help="keep resized lines in a folder instead of memory")
    parser.add_argument("--unknown", metavar="CHARACTER", help="read for characters that --alphabet lacks; else their lines are left out")
    parser.add_argument("--preprocess", choices=("lineage",), help="lines as the lineage prepared them, for its weights")


def _add_layer_options(parser):
    layers = parser.add_mutually_exclusive_group()
    layers.add_argument("--gru", action="store_true", help="GRU in place of LSTM")
    layers.add_argument("--cnn", action="store_true", help="convolutions over time in place of LSTM")


def crnn(args):
    """Train the CRNN of the lineage on lines of the AI Hub set 한국어 글자체 이미지.

    Logs `cer`, the character error rate on the lines kept for validation. Weights of another alphabet may be given: all
    layers but the last are then taken over.
    """
    gt_util = read_truth(args.data, args.part, args.kind)
    all_lines = gt_util.num_objects
    gt_util = _choose_lines(gt_util, args.longest, args.characters)
    if gt_util.num_objects < all_lines:
        left_out = all_lines - gt_util.num_objects
        print(f"{left_out:,} of {all_lines:,} lines left out by --longest and --characters, or for lack of a text")
    print(gt_util)
    if args.alphabet:
        alphabet = Alphabet.load(args.alphabet)
    else:
        alphabet = Alphabet.from_texts((text for texts in gt_util.text for text in texts if text is not None), keep=None)
    return make_crnn_experiment(args, *gt_util.split(1 - args.validation, seed=args.seed), alphabet)


def _choose_lines(gt_util, longest=None, characters=None):
    """The lines of at most `longest` characters, all of them among `characters`; None is no limit."""

    def wanted(text):
        return text is not None and len(text) <= (longest or len(text)) and (characters is None or set(text) <= set(characters))

    pages = (page.take([row for row, text in enumerate(page.texts) if wanted(text)]) for page in gt_util)
    return type(gt_util)([page for page in pages if len(page)], gt_util.report)


def make_crnn_experiment(args, gt_train, gt_validation, alphabet):
    """The experiment of the recipes that train a CRNN on a ground truth."""
    from ocr_crnn.data.augmentation import augment_line
    from ocr_crnn.data.input_generator import InputGenerator
    from ocr_crnn.ops.frames import lineage_frames
    from ocr_crnn.recognition.crnn import prediction_is_loss
    from ocr_crnn.training.callbacks import LineageReadingError

    frames = lineage_frames(args.width) if args.width else None  # the length of a label row, where the width is given
    shared = {"alphabet": alphabet, "input_size": (args.width, 32), "max_string_len": frames, "seed": args.seed}
    shared |= {"unknown": args.unknown, "preprocess": args.preprocess}
    train = InputGenerator(
        gt_train, args.batch_size, cache=args.cache, concatenate=args.concatenate, augment=augment_line if args.augment else None, **shared
    )
    validation = InputGenerator(gt_validation, args.batch_size, concatenate=args.concatenate, **shared)
    print(f"training: {train}\nvalidation: {validation}")
    model, network = _make_networks(args, args.width, alphabet)
    steps_per_epoch = args.steps_per_epoch or train.steps_per_epoch
    reading = LineageReadingError(network, validation.dataset(train=False), alphabet)
    return Experiment(
        model=model,
        network=network,
        batches=lambda first_step: train.dataset(endless=True, first_step=first_step),
        steps_per_epoch=steps_per_epoch,
        alphabet=alphabet,
        compile={"optimizer": make_optimizer_from(args, steps_per_epoch), "loss": {"ctc": prediction_is_loss}},
        validation=validation.dataset(train=False),
        callbacks=(reading,),
        reports={"data": gt_train.report, "training": train.report, "validation": validation.report},
        before=lambda: print(f"CER before: {reading.measure():.3f}"),
        after=lambda: print(f"CER after: {reading.measure():.3f}"),
    )


def _make_networks(args, width, alphabet):
    """The networks for training and for prediction of CRNN, with the first weights that the options ask for."""
    from ocr_crnn.recognition.crnn import CRNN
    from ocr_crnn.training.freezing import freeze
    from ocr_crnn.training.transfer import load_legacy_weights
    from ocr_crnn.training.weights import load_weights

    model, network = CRNN((width, 32, 1), len(alphabet), gru=args.gru, cnn=args.cnn)
    if args.weights and args.weights.endswith(".weights.h5"):
        load_weights(network, args.weights, skip_mismatch=True)
    elif args.weights:
        load_legacy_weights(model, args.weights, skip_mismatch=True)
    else:
        start_standardized(network)
    if args.freeze:
        freeze(model, args.freeze)
    return model, network


def start_standardized(network):
    """Fresh first weights of a CRNN as if its input were (x − 128) / 128: the lineage feeds 0–255 into Glorot kernels, and a loss
    that begins in the hundreds takes thousands of batches to come down."""
    first = network.get_layer("conv1_1")
    kernel, bias = first.get_weights()
    first.set_weights([kernel / 128, bias - kernel.sum(axis=(0, 1, 2))])


def add_crnn_sample_options(parser):
    add_crnn_options(parser)
    folders = [f"data/sample_numbers/{digits}" for digits in (1, 2, 3)]
    parser.set_defaults(data=folders, epochs=16, batch_size=16, learning_rate=1e-3, optimizer="adam", patience=0)


def crnn_sample(args):
    """Train the CRNN on the sample numbers of data/ for a few minutes: what `make train` does.

    It shows that everything works: the CER on lines that it has not seen drops. It does not make a useful reader.
    """
    return crnn(args)


def add_crnn_rendered_options(parser):
    add_rendering_options(parser)
    parser.add_argument("--alphabet", metavar="FILE", help="by default all Korean syllables, ASCII and the symbols of documents")
    _add_layer_options(parser)
    parser.set_defaults(withhold=0)


def crnn_rendered(args):
    """Train the CRNN of the lineage on rendered lines of any width, those of the recipe attention_ctc.

    Logs the same character error rates as attention_ctc. Weights of another alphabet may be given: all layers but the last are then taken
    over.
    """
    from ocr_crnn.ops.frames import lineage_frames
    from ocr_crnn.recognition.codecs import CTCCodec
    from ocr_crnn.recognition.crnn import prediction_is_loss
    from ocr_crnn.recognition.recognizer import TextRecognizer
    from ocr_crnn.training import line_batches, rendered
    from ocr_crnn.training.recognition import ReadingError

    alphabet = Alphabet.load(args.alphabet) if args.alphabet else Alphabet.korean()
    codec = CTCCodec(alphabet)
    source, new_faces = make_rendered_lines(args, codec, lineage_frames)
    model, network = _make_networks(args, None, alphabet)
    lines = rendered.draw_validation_lines(source, new_faces)
    steps_per_epoch = args.steps_per_epoch or 400
    return Experiment(
        model=model,
        network=network,
        batches=lambda first: line_batches.lines_dataset(source, args.columns, first, processes=args.renderers).map(_lineage_batch),
        steps_per_epoch=steps_per_epoch,
        alphabet=alphabet,
        compile={"optimizer": make_optimizer_from(args, steps_per_epoch), "loss": {"ctc": prediction_is_loss}},
        validation=line_batches.fixed_dataset(codec, lines["cer"] + lines.get("cer_new_fonts", [])).map(_lineage_batch),
        monitor="cer",
        callbacks=(ReadingError(TextRecognizer(network, codec), lines),),
    )


def _lineage_batch(inputs, labels):
    """A batch of line_batches as the `(inputs, outputs)` of the lineage's training model."""
    import tensorflow as tf

    from ocr_crnn.data.input_generator import ctc_batch
    from ocr_crnn.ops.frames import lineage_frames

    lengths = tf.reduce_sum(tf.cast(labels >= 0, tf.int32), axis=1)
    counts = tf.maximum(lineage_frames(inputs["width"]), 1)
    images = tf.cast(inputs["image"], tf.float32)
    return ctc_batch({"images": images, "widths": inputs["width"], "labels": labels, "label_lengths": lengths, "frame_counts": counts})
