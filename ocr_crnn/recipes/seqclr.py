"""seqclr: the encoder of any recogniser learns from images of lines without labels, before others teach it to read."""

from ocr_crnn.recipes.crnn import start_standardized
from ocr_crnn.recipes.experiment import Experiment, make_optimizer_from
from ocr_crnn.recipes.lines import load_before, make_alphabet
from ocr_crnn.recipes.vitstr import add_size_options
from ocr_crnn.training.options import real, whole
from ocr_crnn.training.precision import fastest_precision


def add_seqclr_options(parser):
    parser.add_argument("--unlabelled", nargs="+", default=[], metavar="PATH", help="images of lines: folders, patterns, files")
    parser.add_argument("--pages", nargs="+", default=[], metavar="PATH", help="upright pages, images or PDF, cut into lines")
    parser.add_argument("--detector", metavar="PRESET", help="finds the lines of --pages; by default the shipped one")
    parser.add_argument("--network", choices=tuple(NETWORKS), default="attention_ctc", help="to begin from nothing, without --weights")
    parser.add_argument("--head", choices=("factorised", "flat"), default="factorised", help="of attention_ctc, for it to be trained on")
    alphabet = parser.add_mutually_exclusive_group()
    alphabet.add_argument("--no-hanja", action="store_true", help="an alphabet without the Hanja of KS X 1001, from nothing")
    alphabet.add_argument("--alphabet", metavar="FILE", help="other characters, from nothing")
    parser.add_argument("--instances", choices=("window", "frame", "all"), default="window", help="what of a line is told from all others")
    parser.add_argument("--windows", type=whole(1, 256), default=5, help="of a line, with --instances window")
    parser.add_argument("--temperature", type=real(above=True), default=0.1, help="of the similarities")
    parser.add_argument("--projection", choices=("mlp", "linear", "none"), default="mlp", help="of each frame, for the training alone")
    parser.add_argument("--columns", type=whole(1), help="pixel columns of a view of a batch, instead of --batch-size")
    add_size_options(parser)
    parser.set_defaults(epochs=10, steps_per_epoch=100, warmup_steps=50, clipnorm=5.0, weight_decay=1e-4, ema=None, patience=0)
    parser.set_defaults(precision=fastest_precision())


def seqclr(args):
    """Train the encoder of a recogniser on lines without labels: SeqCLR, by which two views of a place of a line are alike and others not.

    --weights is a run, or a preset by its name or folder, of any recogniser; without it --network begins from nothing. What reads the
    frames stays as it was. The supervised recipes go on with the run: `--weights RUN`. --columns are of one view of a batch.
    Logs the contrastive `loss`, `matched`, the share of instances nearest to themselves in the other view, and `spread`, 0 if all collapse.
    Images that cannot be read, and lines too short or too wide, are counted in report_unlabelled.csv and report_pages.csv.
    """
    from ocr_crnn.recognition.codecs import make_codec
    from ocr_crnn.training.contrast_lines import ContrastLines, PageLines, contrast_dataset
    from ocr_crnn.training.freezing import freeze
    from ocr_crnn.training.seqclr import SeqCLR
    from ocr_crnn.training.unlabelled_lines import UnlabelledLines

    network, alphabet = load_before(args.weights) if args.weights else NETWORKS[args.network](args)
    if args.freeze:
        freeze(network, args.freeze)
    sources = {}
    if args.unlabelled:
        codec = make_codec(network.codec, alphabet)
        sources["unlabelled"] = UnlabelledLines(args.unlabelled, codec, network.count_frames, args.seed, network.height)
    if args.pages:
        widest = {} if network.widest is None else {"widest": network.widest}
        sources["pages"] = PageLines(args.pages, _make_crop(args.detector), network.height, **widest)
    windows = {"window": args.windows, "frame": 1, "all": 1}[args.instances]
    # A CRNN has two frames fewer than columns, and a view may be a twentieth narrower.
    lines = ContrastLines(tuple(sources.values()), args.seed, -(-(windows + 2) * network.stride * 20 // 19), network.widest)
    for name, source in sources.items():
        print(f"{name}:\n{source.report}")
    print(f"{len(lines):,} lines without labels to learn from", flush=True)
    return Experiment(
        model=SeqCLR(network, args.instances, args.windows, args.temperature, args.projection),
        network=network,
        batches=lambda first: contrast_dataset(lines, args.columns, first),
        steps_per_epoch=args.steps_per_epoch,
        alphabet=alphabet,
        compile={"optimizer": make_optimizer_from(args, args.steps_per_epoch)},
        monitor="loss",
        reports={name: source.report for name, source in sources.items()},
    )


def _make_crop(preset):
    """A function, RGB image of a page → images of the lines that the detector finds, as reading cuts them; None for a tall one."""
    import numpy as np

    from ocr_crnn.geometry import order_quads, quad_sizes
    from ocr_crnn.ops.lines import to_grey
    from ocr_crnn.reading.crops import crop_quad, expand_lines
    from ocr_crnn.reading.loading import load_detector
    from ocr_crnn.reading.settings import SPOTTER

    detector = load_detector(preset)

    def crop(image):
        quads = order_quads(detector(image).quads)
        width, height = quad_sizes(np.reshape(quads, (-1, 4, 2))).T
        grey, upright = to_grey(image), height > SPOTTER.tall * width
        return [None if tall else crop_quad(grey, quad) for quad, tall in zip(expand_lines(quads), upright, strict=True)]

    return crop


def _attention_ctc(args):
    from ocr_crnn.recognition.attention_ctc import AttentionCTC
    from ocr_crnn.recognition.codecs import CTCCodec

    codec = CTCCodec(make_alphabet(args))
    return AttentionCTC(codec.classes, codec.syllables if args.head == "factorised" else None, name="attention_ctc"), codec.alphabet


def _crnn(args):
    from ocr_crnn.recognition.crnn import CRNN

    alphabet = make_alphabet(args)
    network = CRNN((None, 32, 1), len(alphabet), prediction_only=True)
    start_standardized(network)
    return network, alphabet


def _vitstr(args):
    from ocr_crnn.recognition.codecs import AttentionCodec
    from ocr_crnn.recognition.vitstr import SIZES, ViTSTR

    codec = AttentionCodec(make_alphabet(args))
    return ViTSTR(codec.classes, width=args.width, positions=args.positions, **SIZES[args.size], name="vitstr"), codec.alphabet


def _parseq(args):
    from ocr_crnn.recognition.codecs import PermutedCodec
    from ocr_crnn.recognition.parseq import SIZES, PARSeq

    codec = PermutedCodec(make_alphabet(args))
    return PARSeq(codec.classes, width=args.width, positions=args.positions, **SIZES[args.size], name="parseq"), codec.alphabet


def _clip4str(args):
    from ocr_crnn.recognition.clip4str import CLIP4STR, SIZES
    from ocr_crnn.recognition.codecs import PermutedCodec

    codec = PermutedCodec(make_alphabet(args))
    shape = {"width": args.width, "positions": args.positions}
    return CLIP4STR(codec.classes, **shape, **SIZES[args.size], name="clip4str"), codec.alphabet


# With the options that the recipe of the same name has by default.
NETWORKS = {"attention_ctc": _attention_ctc, "crnn": _crnn, "vitstr": _vitstr, "parseq": _parseq, "clip4str": _clip4str}
