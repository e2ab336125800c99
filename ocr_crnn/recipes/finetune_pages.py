"""finetune_pages: a shipped detector goes on with pages of one's own and rendered ones."""

from ocr_crnn.recipes.experiment import HELD_OUT_FONTS, Experiment, make_optimizer_from
from ocr_crnn.recipes.lines import read_truth
from ocr_crnn.recipes.rehearsal import add_finetune_options
from ocr_crnn.training.options import whole

MEASURED = 20  # own pages on which F is measured, at most
RENDERED = 12  # rendered pages likewise
REPORTED = 1000  # rendered pages of the last figures begin that much further


def add_finetune_pages_options(parser):
    parser.add_argument("--corpus", nargs="*", default=[], metavar="PATH", help="UTF-8 text, a sentence a line, beside the templates")
    parser.add_argument("--fonts", nargs="*", metavar="PATH", help="font files and folders; those of the system by default")
    add_finetune_options(parser, held=0.2)
    parser.add_argument("--crop", type=whole(32, multiple=32), default=640, metavar="PX", help="side of the square crops, by 32s")
    parser.add_argument("--renderers", type=whole(), default=1, help="processes that make crops; 0 = that of the training")
    parser.set_defaults(weights="pan_light_ko", epochs=6, steps_per_epoch=50, batch_size=4)
    parser.set_defaults(learning_rate=2e-4, warmup_steps=20, ema=0.99, patience=3)


def finetune_pages(args):
    """Go on with a detector's weights on crops of one's own pages and of rendered ones; `ocr-crnn finetune pages` makes a preset of it.

    --weights is a preset, by its name or folder. Pages of words are learnt as segments: words of a line with less than an em between them.
    Logs 1 − F at IoU 0.5: `missed_own` on the pages held out, which decides which epoch is the best, and `missed_rendered`.
    """
    from ocr_crnn.detection.detector import TextDetector
    from ocr_crnn.training import pages
    from ocr_crnn.training.freezing import freeze
    from ocr_crnn.training.page_error import FindingError
    from ocr_crnn.training.time_limit import TimeLimit
    from ocr_crnn.training.truth_pages import MixedPages

    detector = TextDetector.from_preset(args.weights)
    own, held, reports = split_pages(args)
    check_characters(detector.network, own)
    if args.freeze:
        freeze(detector.network, args.freeze)
    source = make_truth_pages(args, detector, own)
    measured = {"missed_own": held}
    if args.rehearsal:
        rehearsal = make_rendered_pages(args, detector)
        measured["missed_rendered"] = rendered_pages(rehearsal)
        source = MixedPages(source, rehearsal, 1 - args.rehearsal)
    print(f"{len(own)} own pages to learn from, {len(held)} to measure on", flush=True)
    return Experiment(
        model=detector.network,
        batches=lambda first: pages.crops_dataset(source, args.batch_size, first, args.renderers),
        steps_per_epoch=args.steps_per_epoch,
        compile={"optimizer": make_optimizer_from(args, args.steps_per_epoch)},  # the network has its loss
        monitor="missed_own",
        callbacks=(TimeLimit(args.minutes), FindingError(detector, measured)),
        reports=reports,
    )


def check_characters(network, pages):
    """Refuse pages of which a network that learns from characters would learn nothing."""
    known = any(one is not None for page in pages if page.characters is not None for one in page.characters)
    if network.needs_characters and not known:
        raise ValueError(
            f"{type(network).__name__} learns from the characters of a page. Received: {len(pages)} pages without their quads. "
            "Take --weights pan_light_ko, which learns from texts, or label characters."
        )


def split_pages(args):
    """`(Pages to learn from, [(image, Page)] to measure on, reports)` of --data, pages of segments all."""
    from ocr_crnn.data.gt_utility import GTUtility
    from ocr_crnn.data.samples import read_image
    from ocr_crnn.training.held_out import hold_pages
    from ocr_crnn.training.truth_pages import readable_pages

    read = read_truth(args.data)
    own, held = hold_pages(GTUtility(readable_pages(read), read.report), args.held, args.seed)
    return own.pages, [(read_image(page.image_path), page) for page in held.pages[:MEASURED]], {"data": read.report}


def make_truth_pages(args, detector, own):
    from ocr_crnn.training.truth_pages import TruthPages

    return TruthPages(args.seed, tuple(own), detector.network.targets, detector.short_side_px, detector.max_scale, args.crop)


def make_rendered_pages(args, detector, say=print):
    """The PageSource of the rendered pages."""
    import numpy as np

    from ocr_crnn.synthesis import fonts
    from ocr_crnn.synthesis.page.numbered import draw_sentences
    from ocr_crnn.synthesis.text import corpus
    from ocr_crnn.training.pages import PageSource

    faces = fonts.load_faces(fonts.find_fonts(args.fonts), exclude=(*HELD_OUT_FONTS, *args.exclude_fonts))
    sentences = corpus.read_corpus(args.corpus) or draw_sentences(np.random.default_rng(args.seed))
    say(f"{len(faces)} faces; {len(sentences)} sentences")
    return PageSource(args.seed, tuple(faces), tuple(sentences), detector.network.targets, side_px=args.crop)


def rendered_pages(source, reported=False):
    """Rendered pages to measure on, `[(image, Page)]`: those that choose, or others for the figures that are reported."""
    from ocr_crnn.training.pages import VALIDATION

    return [source.draw_page(VALIDATION + reported * REPORTED + number) for number in range(RENDERED)]
