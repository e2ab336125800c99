"""`ocr-crnn render lines` and `render pages`: training material."""

import os
from pathlib import Path
from typing import Annotated

import typer

from ocr_crnn.commands.failing import fail


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

    from ocr_crnn.synthesis.fonts import find_fonts, load_faces, load_latin_faces
    from ocr_crnn.synthesis.line.dataset import TYPES, render_line_dataset
    from ocr_crnn.synthesis.text.corpus import read_corpus, read_words

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
        fail(error)
    typer.echo(f"{count} lines from {len(faces)} faces in {out}")


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

    from ocr_crnn.commands.rendered_pages import write_pages
    from ocr_crnn.synthesis.fonts import find_fonts, load_faces
    from ocr_crnn.synthesis.page.numbered import draw_sentences
    from ocr_crnn.synthesis.text.corpus import read_corpus

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
