"""The lines of recognition recipes: rendered ones, and those of data sets."""

from ocr_crnn.recipes.experiment import HELD_OUT_FONTS
from ocr_crnn.training.options import whole


def add_rendering_options(parser):
    parser.add_argument("--corpus", nargs="*", default=[], metavar="PATH", help="UTF-8 text, a sentence a line, beside the templates")
    parser.add_argument("--words", metavar="FILE", help="a word list, or a hunspell .dic file")
    parser.add_argument("--fonts", nargs="*", metavar="PATH", help="font files and folders; those of the system by default")
    parser.add_argument("--columns", type=whole(1), default=11_500, help="pixel columns of a batch, instead of --batch-size")
    parser.add_argument("--withhold", type=whole(), default=100, help="rare syllables kept out of the training text, to measure")
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
    )
    return source, new_faces


def read_truth(paths, part=None, kind=None):
    """One GTUtility of several folders, zips or files in any format. part, kind: as of `read_aihub`."""
    from ocr_crnn.data.ground_truth import read_ground_truth

    return read_ground_truth(paths, part=part, kind=kind)
