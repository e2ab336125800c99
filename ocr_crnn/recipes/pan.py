"""pan: the text detector, on rendered pages."""

from ocr_crnn.recipes.experiment import HELD_OUT_FONTS, Experiment, make_optimizer_from
from ocr_crnn.training.options import real, whole


def add_pan_options(parser):
    parser.add_argument("--corpus", nargs="*", default=[], metavar="PATH", help="UTF-8 text, a sentence a line, beside the templates")
    parser.add_argument("--fonts", nargs="*", metavar="PATH", help="font files and folders; those of the system by default")
    parser.add_argument("--backbone", choices=("light", "resnet18", "resnet50", "resnet101"), default="light")
    parser.add_argument("--granularity", choices=("segment", "word"), default="segment", help="what a text is")
    parser.add_argument("--crop", type=whole(32, multiple=32), default=640, metavar="PX", help="side of the square crops, by 32s")
    parser.add_argument("--shrink-rate", type=real(0, 1, above=True), default=0.7, help="of the kernels")
    parser.add_argument("--gap-weight", type=whole(1), default=1, help="of the cells between two texts that nearly touch")
    parser.add_argument("--renderers", type=whole(1), default=1, help="processes that render pages")
    parser.set_defaults(batch_size=4, optimizer="adamw", learning_rate=1e-3)


def pan(args):
    """Train the PAN++ text detector on crops of rendered pages, with every Korean font found but the held-out ones.

    --weights takes a preset too, by its name or folder. Its batch normalisation is melted into the convolutions and stays
    away: the training goes on without, for which a low learning rate is right.
    """
    from functools import partial

    import numpy as np

    from ocr_crnn import granularity
    from ocr_crnn.detection.detector import TextDetector
    from ocr_crnn.detection.pan import PAN
    from ocr_crnn.synthesis import fonts
    from ocr_crnn.synthesis.page.numbered import draw_sentences
    from ocr_crnn.synthesis.text import corpus
    from ocr_crnn.training import pages
    from ocr_crnn.training.freezing import freeze
    from ocr_crnn.training.weights import load_weights

    faces = fonts.load_faces(fonts.find_fonts(args.fonts), exclude=HELD_OUT_FONTS)
    sentences = corpus.read_corpus(args.corpus)
    print(f"{len(faces)} faces; {len(sentences)} sentences" + ("" if sentences else ", so texts come from the templates alone"))
    sentences = sentences or draw_sentences(np.random.default_rng(args.seed))
    if args.weights and not args.weights.endswith(".h5"):
        model = TextDetector.from_preset(args.weights).network
        args.backbone = model.backbone  # for config.json: the preset decides
    else:
        model = PAN(args.backbone, name="pan")
        if args.weights:
            load_weights(model, args.weights)
    if args.freeze:
        freeze(model, args.freeze)
    source = pages.PageSource(
        seed=args.seed,
        faces=tuple(faces),
        sentences=tuple(sentences),
        targets=partial(model.targets, shrink_rate=args.shrink_rate, gap_weight=args.gap_weight),
        granularity=granularity.segments if args.granularity == "segment" else _words,
        side_px=args.crop,
    )
    steps_per_epoch = args.steps_per_epoch or 200
    return Experiment(
        model=model,
        batches=lambda first: pages.crops_dataset(source, args.batch_size, first, args.renderers),
        steps_per_epoch=steps_per_epoch,
        compile={"optimizer": make_optimizer_from(args, steps_per_epoch)},  # the network has its loss
        validation=pages.fixed_dataset(source, 8, args.batch_size),
    )


def _words(page):
    """Rendered pages have a row a word already."""
    return page
