"""What every recipe needs that trains a detector on crops of rendered pages."""

from ocr_crnn.recipes.experiment import HELD_OUT_FONTS, Experiment, make_optimizer_from
from ocr_crnn.recipes.weak import mix_weak_pages
from ocr_crnn.training.checks import PUBLISHED
from ocr_crnn.training.options import whole


def add_page_options(parser, backbones):
    """The options of rendered pages and of a network with one of some backbones, the first by default."""
    parser.add_argument("--corpus", nargs="*", default=[], metavar="PATH", help="UTF-8 text, a sentence a line, beside the templates")
    parser.add_argument("--fonts", nargs="*", metavar="PATH", help="font files and folders; those of the system by default")
    parser.add_argument("--backbone", choices=backbones, default=backbones[0])
    parser.add_argument("--granularity", choices=("segment", "word"), default="segment", help="what a text is")
    parser.add_argument("--crop", type=whole(32, multiple=32), default=640, metavar="PX", help="side of the square crops, by 32s")
    parser.add_argument("--renderers", type=whole(1), default=1, help="processes that render pages")
    parser.set_defaults(batch_size=4, optimizer="adamw", learning_rate=1e-3)


def rendered_pages(args, targets, **settings):
    """The PageSource of the options: pages in every Korean font found but the held-out ones, `targets` of their texts.

    settings: others of the source."""
    import numpy as np

    from ocr_crnn import granularity
    from ocr_crnn.synthesis import fonts
    from ocr_crnn.synthesis.page.numbered import draw_sentences
    from ocr_crnn.synthesis.text import corpus
    from ocr_crnn.training import pages

    faces = fonts.load_faces(fonts.find_fonts(args.fonts), exclude=HELD_OUT_FONTS)
    sentences = corpus.read_corpus(args.corpus)
    print(f"{len(faces)} faces; {len(sentences)} sentences" + ("" if sentences else ", so texts come from the templates alone"))
    return pages.PageSource(
        seed=args.seed,
        faces=tuple(faces),
        sentences=tuple(sentences or draw_sentences(np.random.default_rng(args.seed))),
        targets=targets,
        granularity=granularity.segments if args.granularity == "segment" else _words,
        side_px=args.crop,
        **settings,
    )


def begin_with(args, made_by, take_over=None, published=None):
    """The network of the options, `made_by(backbone)`, with the weights that --weights names.

    A preset, by its name or folder, brings its network, of the same class; its backbone is the one that args says then. take_over:
    function (network of a preset) → network that begins with its weights, or with some of them; None for the preset's own network.
    published: function (network, path) that gives the network the weights of a file .pth or .pt; None where nobody has published any.
    """
    from ocr_crnn.detection.detector import TextDetector
    from ocr_crnn.training.freezing import freeze
    from ocr_crnn.training.weights import load_weights

    if published and args.weights and args.weights.endswith(PUBLISHED):
        model = made_by(args.backbone)
        print(published(model, args.weights))
    elif args.weights and not args.weights.endswith(".h5"):
        model = TextDetector.from_preset(args.weights).network
        if take_over is not None:
            model = take_over(model)
        args.backbone = model.backbone  # for config.json: the preset decides
    else:
        model = made_by(args.backbone)
        if args.weights:
            load_weights(model, args.weights)
    if args.freeze:
        freeze(model, args.freeze)
    return model


def page_experiment(args, model, targets):
    """Train a network, which has its own loss, on rendered pages; `targets` are the network's with the settings of the options."""
    return experiment_on(args, model, rendered_pages(args, targets))


def experiment_on(args, model, source):
    """Train a network, which has its own loss, on the pages of a source, and on those of --weak."""
    from ocr_crnn.training import pages

    steps_per_epoch = args.steps_per_epoch or 200
    validation, labelling, reports = source, None, {}
    if args.weak:
        source, labelling, reports = mix_weak_pages(args, model, source)
        if labelling and args.ema is None:
            args.ema = 0.999

    def batches(first):
        if labelling:
            labelling.begin(first)
        return pages.crops_dataset(source, args.batch_size, first, args.renderers)

    return Experiment(
        model=model,
        batches=batches,
        steps_per_epoch=steps_per_epoch,
        compile={"optimizer": make_optimizer_from(args, steps_per_epoch)},  # the network has its loss
        validation=pages.fixed_dataset(validation, 8, args.batch_size),
        callbacks=(labelling,) if labelling else (),
        reports=reports,
    )


def _words(page):
    """Rendered pages have a row a word already."""
    return page
