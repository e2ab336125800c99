"""`ocr-crnn check`: what is wrong with a data set, or what an alphabet lacks."""

import os
from pathlib import Path
from typing import Annotated

import typer

from ocr_crnn.commands.failing import fail


def check(
    target: Annotated[str, typer.Argument(help="Folder, zip or file of ground truth; with --alphabet also a text file or a text.")],
    alphabet: Annotated[str | None, typer.Option(help="List the characters that this alphabet file, or 'korean', lacks.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write every finding to this file.")] = None,
    images: Annotated[bool, typer.Option(help="Open every image too.")] = False,
):
    """Say what is wrong with a data set, or what an alphabet does not cover (exit code 1 if anything)."""
    from ocr_crnn.alphabet import Alphabet
    from ocr_crnn.data.ground_truth import FORMATS, is_annotated, read_one
    from ocr_crnn.data.validation import check_images
    from ocr_crnn.untrusted.plain import read_plain_text

    problems = 0
    try:
        if alphabet is None or os.path.isdir(target) or target.lower().endswith(".zip") or is_annotated(target):
            found, gt = read_one(target)
            typer.echo(f"{target} is {FORMATS[found][0]}.")
            if images:
                check_images(gt.pages, gt.report)
            if csv:
                gt.report.write_csv(csv)
            texts = (text for texts in gt.text for text in texts if text is not None)
            typer.echo(gt.report)
            if gt.report.counts and not csv:
                typer.echo("--csv FILE lists every finding: of which file it is and what was there.")
            if not images:
                typer.echo("No image was opened, so broken ones are not among them: --images opens every one.")
            problems = sum(gt.report.counts.values())
        else:
            texts = read_plain_text(target, "A text").splitlines() if os.path.lexists(target) else [target]
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
