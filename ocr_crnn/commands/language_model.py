"""`ocr-crnn language-model`: character n-grams from text."""

from pathlib import Path
from typing import Annotated

import typer

from ocr_crnn.commands.failing import fail


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
    from ocr_crnn.presets import write_preset
    from ocr_crnn.reading.loading import LANGUAGE_MODEL, NGRAMS
    from ocr_crnn.synthesis.text.corpus import read_corpus
    from ocr_crnn.synthesis.text.templates import draw_cell, draw_document_line

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
