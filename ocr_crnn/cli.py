"""The command line: `ocr-crnn COMMAND`. Each command is thin; the work is in the package. Imports are local, so help is instant."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(name="ocr-crnn", help="Korean document OCR for Keras 3 and TensorFlow.", no_args_is_help=True, add_completion=False)


render = typer.Typer(help="Render training material.", no_args_is_help=True)
app.add_typer(render, name="render")


def fail(message):
    """Print the message to standard error and leave with exit code 1."""
    typer.echo(f"ocr-crnn: {message}", err=True)
    raise typer.Exit(1)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def train(context: typer.Context):
    """Train a network, as train.py: RECIPE --help, --resume RUN, --status RUN."""
    from ocr_crnn.recipes import RECIPES
    from ocr_crnn.training.command import main as run

    raise typer.Exit(run(RECIPES, context.args))


@render.command("lines")
def render_lines(
    out: Annotated[Path, typer.Option(help="Folder for the data set; new or empty.")],
    count: Annotated[int, typer.Option(min=1)] = 1000,
    fonts: Annotated[list[Path] | None, typer.Option(help="Font files or folders; the fonts of the system by default.")] = None,
    corpus: Annotated[list[Path] | None, typer.Option(help="Text files or folders, one sentence a line; templates by default.")] = None,
    words: Annotated[list[Path] | None, typer.Option(help="Word lists, one word a line, hunspell .dic files too.")] = None,
    exclude_font: Annotated[list[str] | None, typer.Option(help="Family to leave out, such as 'UnTaza'. May be repeated.")] = None,
    withhold: Annotated[str, typer.Option(help="Characters that shall never occur.")] = "",
    kind: Annotated[str | None, typer.Option("--type", help="sentence, word or syllable; a mixture by default.")] = None,
    characters: Annotated[str | None, typer.Option(help="The only characters that may occur, such as 0123456789.")] = None,
    max_length: Annotated[int, typer.Option(min=1, help="Characters of the longest line.")] = 120,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    dpi: Annotated[float | None, typer.Option(min=50, max=600, help="Of the images; 100–300 by default.")] = None,
    clean: Annotated[bool, typer.Option("--clean", help="As printed: no scan, copy, fax or photograph.")] = False,
    colour: Annotated[bool, typer.Option("--colour", help="RGB instead of grey.")] = False,
    workers: Annotated[int, typer.Option(min=1)] = os.cpu_count() or 1,
):
    """Render text lines in the shape of AI Hub's printed font images. Repeat the same command to finish a stopped one."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from ocr_crnn.synthesis.corpus import read_corpus, read_words
    from ocr_crnn.synthesis.fonts import find_fonts, load_faces, load_latin_faces
    from ocr_crnn.synthesis.line_dataset import TYPES, render_line_dataset

    if kind is not None and kind not in TYPES:
        fail(f"--type is one of {', '.join(TYPES)}. Received: {kind}.")
    try:
        files = find_fonts(fonts)
        faces = load_faces(files, exclude_font or ())
        if not faces:
            fail("No font with Korean was found. Name a folder: --fonts fonts (they ship with the source), or install fonts-nanum.")
        texts = {"corpus": read_corpus(corpus or ()), "words": [word for file in words or () for word in read_words(file)]}
        look = {"latin_faces": load_latin_faces(files), "degrade": not clean, "dpi": dpi, "channels": 3 if colour else 1}
        with Progress("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()) as bar:
            task = bar.add_task("lines", total=count)
            render_line_dataset(
                out, count, faces, kind=kind, characters=characters, withheld=withhold, max_length=max_length, seed=seed, workers=workers,
                progress=lambda lines: bar.advance(task, lines), **texts, **look,
            )  # fmt: skip
    except (OSError, ValueError) as error:
        fail(str(error))
    typer.echo(f"{count} lines from {len(faces)} faces in {out}")


@render.command("pages")
def render_pages(
    out: Annotated[Path, typer.Option(help="Folder for the images and their JSON files.")],
    corpus: Annotated[list[Path] | None, typer.Option(help="Text, one sentence a line; templates by default.")] = None,
    fonts: Annotated[list[Path] | None, typer.Option(help="Font files or folders; the fonts of the system by default.")] = None,
    exclude_font: Annotated[list[str] | None, typer.Option(help="Family to leave out, such as 'UnTaza'. May be repeated.")] = None,
    count: Annotated[int, typer.Option(min=1)] = 100,
    start: Annotated[int, typer.Option(min=0, help="Number of the first page.")] = 0,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    dpi: Annotated[float, typer.Option(min=50, max=600)] = 150,
    kind: Annotated[str | None, typer.Option(help="contract, form, receipt, …; drawn by default.")] = None,
    degradation: Annotated[str | None, typer.Option(help="clean, scan, photo, fax, …; drawn by default.")] = None,
    image_format: Annotated[str, typer.Option(help="jpg or png.")] = "jpg",
    workers: Annotated[int, typer.Option(min=1)] = 1,
):
    """Render document pages with their truth: one image and one JSON file a page."""
    from collections import Counter

    import numpy as np
    from rich.progress import track

    from ocr_crnn.render import write_pages
    from ocr_crnn.synthesis.corpus import read_corpus
    from ocr_crnn.synthesis.fonts import find_fonts, load_faces
    from ocr_crnn.synthesis.pages import draw_sentences

    missing = Counter()
    try:
        faces = load_faces(find_fonts(fonts), exclude_font or ())
        sentences = read_corpus(corpus) if corpus else draw_sentences(np.random.default_rng(seed))
        if not faces:
            fail("no font that can draw Korean was found. Name a folder with --fonts.")
        pages = write_pages(out, count, faces, sentences, seed, start, dpi, kind, degradation, workers, image_format)
        for _, left_out in track(pages, "pages", total=count):
            missing.update(left_out)
    except (OSError, ValueError) as error:
        fail(error)
    typer.echo(f"{count} pages in {out}, {len(faces)} faces, {len(sentences)} sentences.")
    if missing:
        shown = " ".join(f"{char!r} {times}×" for char, times in missing.most_common(10))
        typer.echo(f"{sum(missing.values())} characters that no font covers were left out: {shown}", err=True)


@app.command()
def read(
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help="Images, PDFs, folders, patterns; - for standard input.")],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Folder for the results; standard output if left out.")] = None,
    formats: Annotated[str | None, typer.Option("--format", help="txt, json, tsv, hocr, alto, pdf, html; joined by commas.")] = None,
    lines: Annotated[bool, typer.Option("--lines", help="Each image is one line of text.")] = False,
    dpi: Annotated[float, typer.Option(min=30, max=1200, help="At which pages of PDFs are looked at.")] = 300,
    pages: Annotated[str | None, typer.Option(help="Such as 1-3,5,8-.")] = None,
    recursive: Annotated[bool, typer.Option("--recursive", help="Folders below folders too; their places are kept.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Skip files whose results are all there.")] = False,
    workers: Annotated[int, typer.Option(min=1, help="Processes that read files; each holds the networks.")] = 1,
    overlay: Annotated[bool, typer.Option("--overlay", help="Write each page with frames around its words.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar and no summary.")] = False,
    password: Annotated[str | None, typer.Option(help="Of encrypted PDFs.")] = None,
    detector: Annotated[str | None, typer.Option(help="Preset, or folder of one.")] = None,
    recognizer: Annotated[str | None, typer.Option(help="Preset, or folder of one.")] = None,
    language_model: Annotated[
        str | None, typer.Option(help="Preset or file that settles what is read with doubt, such as documents_ko.")
    ] = None,
    server: Annotated[str | None, typer.Option(help="Read on a TensorFlow Serving server: http://host:8501 or grpc://host:8500.")] = None,
    model: Annotated[str | None, typer.Option(help="Name of the server's model; ocr by default.")] = None,
):
    """Read documents: text to standard output, or files to a folder. Exit code 1 if anything could not be read."""
    from functools import partial

    from ocr_crnn.document.command import read_files
    from ocr_crnn.document.lines import LineReader
    from ocr_crnn.document.loading import load_document_reader
    from ocr_crnn.serving import ServerError

    if server is None and model is not None:
        fail("--model is the name of a server's model. Received: --model without --server. Name the server too.")
    if server is not None:
        own = {"--detector": detector, "--recognizer": recognizer, "--language-model": language_model}
        make_reader = _remote_reader(server, lines, model, own)
    elif lines:
        make_reader = partial(LineReader.from_preset, recognizer, language_model)
    else:
        make_reader = partial(load_document_reader, detector, recognizer, language_model)
    try:
        options = {"formats": formats, "dpi": dpi, "pages": pages, "password": password, "overlay": overlay, "lines": lines}
        code = read_files(paths, out, make_reader, recursive=recursive, resume=resume, workers=workers, quiet=quiet, **options)
    except (OSError, ValueError, ServerError) as error:
        fail(error)
    raise typer.Exit(code)


def _remote_reader(server, lines, model, own):
    """Makes the reader of `read` on a server. own: options of reading here, which do not go together with it."""
    from functools import partial

    from ocr_crnn.client import connect

    given = [name for name, value in own.items() if value is not None]
    if given:
        fail(f"A server reads with the networks of its model. Received: --server and {', '.join(given)}. Leave out one or the other.")
    return partial(connect, server, lines, **({"model": model} if model else {}))


@app.command()
def evaluate(
    run: Annotated[str, typer.Argument(metavar="RUN|PRESET", help="Run folder, or preset by name or folder.")],
    data: Annotated[Path, typer.Option(help="Lines as AI Hub has them (folder or zip), or a folder of pages with JSON truth.")],
    out: Annotated[Path | None, typer.Option(help="Folder for report.html, report.json and rows.csv.")] = None,
    detector: Annotated[str | None, typer.Option(help="For a recogniser on pages: read them whole with this detector.")] = None,
    recognizer: Annotated[str | None, typer.Option(help="For a detector on pages: read them whole with this recogniser.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many lines or pages.")] = None,
):
    """Measure a network on data: lines read, texts found, or pages read from end to end."""
    from rich.console import Console
    from rich.progress import track

    from ocr_crnn.document.loading import start_tensorflow

    start_tensorflow()  # in silence, before the modules that import it
    from ocr_crnn.evaluate import evaluate as measure
    from ocr_crnn.evaluation.report import print_report, write_report

    def progress(samples):
        return track(samples, "samples", console=Console(stderr=True))

    try:
        report = measure(run, data, detector, recognizer, limit, progress)
        print_report(report)
        if out:
            typer.echo(write_report(report, out))
    except (OSError, ValueError) as error:
        fail(error)


@app.command()
def doctor():
    """Say what is installed and found, and what is missing (exit code 1 if something that reading needs is)."""
    from ocr_crnn.doctor import examine

    missing = 0
    for name, value, ok in examine():
        mark = {True: "✓", False: "✗", None: " "}[ok]
        typer.echo(f"{mark} {name:<24}{value}")
        missing += ok is False
    raise typer.Exit(1 if missing else 0)


@app.command()
def export(
    to: Annotated[Path, typer.Option(help="Folder of the new version, such as models/ocr/1.")],
    detector: Annotated[str | None, typer.Option(help="Preset, or folder of one.")] = None,
    recognizer: Annotated[str | None, typer.Option(help="Preset, or folder of one.")] = None,
    max_pixels: Annotated[int | None, typer.Option(min=1, help="Larger images are refused.")] = None,
    kind: Annotated[str, typer.Option("--format", help="savedmodel, or litert: the recogniser alone, for phones.")] = "savedmodel",
    int8: Annotated[bool, typer.Option("--int8", help="With --format litert: weights in 8 bits.")] = False,
):
    """Write one SavedModel for TensorFlow Serving: image bytes in, text out."""
    from ocr_crnn.document.reader import DocumentReader

    if kind not in ("savedmodel", "litert"):
        fail(f"--format is savedmodel, litert. Received: {kind}.")
    if kind == "litert":
        return _export_litert(to, recognizer, int8)
    if int8:
        fail("Quantised models are LiteRT's. Received: --int8 without --format litert. Add it.")
    try:
        reader = DocumentReader.from_preset(detector, recognizer)
        from ocr_crnn.export import export_saved_model  # imports TensorFlow, which the reader has started in silence
        from ocr_crnn.warm_up import WARM_UP

        names = {name: value for name, value in (("detector", detector), ("recognizer", recognizer)) if value}
        folder = export_saved_model(reader, to, names=names, **({"max_pixels": max_pixels} if max_pixels else {}))
    except (OSError, ValueError) as error:
        fail(error)
    typer.echo(f"{folder}: {sum(path.stat().st_size for path in folder.rglob('*')) / 1e6:.1f} MB")
    if not (folder / "assets.extra" / WARM_UP).exists():
        typer.echo("Without requests to warm up the server with, which need: pip install 'ocr-crnn[serve]'", err=True)


def _export_litert(folder, recognizer, int8):
    from ocr_crnn.document.loading import load_recognizer
    from ocr_crnn.litert import LiteRTError, export_litert

    try:
        path = export_litert(load_recognizer(recognizer), folder, int8)
    except (OSError, ValueError, LiteRTError) as error:
        fail(error)
    typer.echo(f"{path}: {path.stat().st_size / 1e6:.1f} MB")


@app.command()
def check(
    target: Annotated[str, typer.Argument(help="Folder or zip of 한국어 글자체 이미지; with --alphabet also a text file or a text.")],
    alphabet: Annotated[str | None, typer.Option(help="List the characters that this alphabet file, or 'korean', lacks.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write every finding to this file.")] = None,
    images: Annotated[bool, typer.Option(help="Open every image too.")] = False,
):
    """Say what is wrong with a data set, or what an alphabet does not cover (exit code 1 if anything)."""
    from ocr_crnn.alphabet import Alphabet
    from ocr_crnn.data.aihub import read_aihub_font_images
    from ocr_crnn.data.validation import check_images

    problems = 0
    try:
        if alphabet is None or os.path.isdir(target) or target.lower().endswith(".zip"):
            gt = read_aihub_font_images(target)
            if images:
                check_images(gt.pages, gt.report)
            if csv:
                gt.report.write_csv(csv)
            texts = (text for texts in gt.text for text in texts if text is not None)
            typer.echo(gt.report)
            if not images:
                typer.echo("No image was opened, so broken ones are not among them: --images opens every one.")
            problems = sum(gt.report.counts.values())
        else:
            texts = Path(target).read_text(encoding="utf-8-sig").splitlines() if os.path.isfile(target) else [target]
        if alphabet is None:
            raise typer.Exit(1 if problems else 0)
        uncovered = (Alphabet.korean() if alphabet == "korean" else Alphabet.load(alphabet)).uncovered(texts)
    except (OSError, ValueError) as error:
        fail(error)
    for character, count in uncovered.most_common():
        typer.echo(f"{count:>9,}  U+{ord(character):04X}  {character!r}")
    if uncovered:
        fail(f"the alphabet lacks {len(uncovered)} characters, used {sum(uncovered.values()):,} times.")
    typer.echo("The alphabet covers every character.")
    raise typer.Exit(1 if problems else 0)


@app.command("language-model")
def language_model(
    out: Annotated[Path, typer.Option(help="File to write, such as korean.npz.")],
    corpus: Annotated[list[Path] | None, typer.Option(help="UTF-8 text or folders of .txt, one sentence a line; may be repeated.")] = None,
    order: Annotated[int, typer.Option(min=1, help="Characters of the longest n-gram.")] = 5,
    min_count: Annotated[int, typer.Option(min=1, help="Leave out n-grams of 3 or more characters seen fewer times.")] = 1,
    document_lines: Annotated[int, typer.Option(min=0, help="Lines of forms and letters from templates, beside the corpus.")] = 30_000,
    preset: Annotated[bool, typer.Option("--preset", help="Write a preset: a folder with checksums and a card.")] = False,
):
    """Train a character n-gram model from text and templates, for read --language-model."""
    import numpy as np

    from ocr_crnn.decoding.language_model import train_ngrams
    from ocr_crnn.document.loading import LANGUAGE_MODEL, NGRAMS
    from ocr_crnn.presets import write_preset
    from ocr_crnn.synthesis.corpus import read_corpus
    from ocr_crnn.synthesis.templates import draw_cell, draw_document_line

    try:
        sentences, rng = read_corpus(corpus) if corpus else [], np.random.default_rng(0)
        sentences += [draw_document_line(rng) if number % 3 else draw_cell(rng) for number in range(document_lines)]
        ngrams = train_ngrams(sentences, order, min_count)
        counts = ", ".join(f"{len(keys):,}" for keys in ngrams.keys)
        said = f"{len(sentences):,} lines; n-grams of 1 to {order} characters: {counts}."
        if preset:
            write_preset(out, {"task": LANGUAGE_MODEL, "order": order}, {NGRAMS: ngrams.save}, f"# {out.name}\n\nOf {said}\n")
            out = out / NGRAMS
        else:
            ngrams.save(out)
    except (OSError, ValueError) as error:
        fail(error)
    typer.echo(f"{out}: {out.stat().st_size / 1e6:.1f} MB, {said}")


def main():
    # A Korean Windows console is cp949 and crashes on "—"; UTF-8 everywhere.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    app()


if __name__ == "__main__":
    main()
