"""`ocr-crnn finetune`: the shipped networks go on with one's own lines or pages, without forgetting."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from ocr_crnn.commands.failing import fail
from ocr_crnn.extras import needs_train

Data = Annotated[list[Path], typer.Argument(help="Labelled folders, zips or files, as convert and check read them.")]
To = Annotated[Path, typer.Option(help="Folder of the new preset; its run is in TO.run until it is written.")]
Base = Annotated[str | None, typer.Option(help="Preset to begin with, by its name or folder.")]
Steps = Annotated[int | None, typer.Option(min=1, help="Batches in all.")]
Minutes = Annotated[float | None, typer.Option(min=0.01, help="The training ends after so many.")]
Seed = Annotated[int, typer.Option(min=0, max=2**32 - 1)]
Held = Annotated[float | None, typer.Option(help="Share of the data to measure on.")]
Rehearsal = Annotated[float | None, typer.Option(help="Share of what is learnt from that is rendered; 0 forgets.")]
Fonts = Annotated[list[Path] | None, typer.Option(help="Font files and folders to render with; those of the system by default.")]
Exclude = Annotated[list[str] | None, typer.Option("--exclude-fonts", help="A family that nothing is rendered in.")]
Corpus = Annotated[list[Path] | None, typer.Option(help="UTF-8 text to render, a sentence a line, beside the templates.")]


def lines(
    data: Data,
    to: To,
    base: Base = None,
    steps: Steps = None,
    minutes: Minutes = 12,
    seed: Seed = 0,
    held: Held = None,
    rehearsal: Rehearsal = None,
    fonts: Fonts = None,
    exclude_fonts: Exclude = None,
    corpus: Corpus = None,
):
    """Improve the recogniser on tens to hundreds of labelled lines, or the lines of labelled pages."""
    _run("lines", data, to, locals())


def pages(
    data: Data,
    to: To,
    base: Base = None,
    steps: Steps = None,
    minutes: Minutes = 12,
    seed: Seed = 0,
    held: Held = None,
    rehearsal: Rehearsal = None,
    fonts: Fonts = None,
    exclude_fonts: Exclude = None,
    corpus: Corpus = None,
):
    """Improve the detector on tens of labelled pages."""
    _run("pages", data, to, locals())


def _run(kind, data, to, options):
    from ocr_crnn.quiet import start_tensorflow

    names = ("base", "steps", "minutes", "seed", "held", "rehearsal", "fonts", "exclude_fonts", "corpus")
    with needs_train("Fine-tuning"):
        start_tensorflow()  # in silence, before the modules that import it
        from ocr_crnn.presets.engine_files import LiteRTError
        from ocr_crnn.recipes.finetune import RunEndedError, finetune

        command = shlex.join(["ocr-crnn", *(Path(word).name if "/" in word else word for word in sys.argv[1:])])
        try:
            outcome = finetune(kind, data, to, command=command, **{name: options[name] for name in names})
        except RunEndedError as error:
            typer.echo(f"ocr-crnn: {error}", err=True)
            raise typer.Exit(error.code) from None
        except (OSError, ValueError, LiteRTError) as error:
            fail(error)
    typer.echo(outcome)
    if outcome.folder is None:
        tried = "; ".join(f"{share:.0%}: own {own:.2%}, rendered {other:.2%}" for share, (own, other) in outcome.tried.items())
        fail(
            "A preset is written where own material is read better and rendered material not much worse. Received: no such share of the "
            f"trained weights ({tried}). Nothing was written; {to}.run stays. Label more, or train longer: --steps."
        )
    typer.echo(f"{outcome.folder}: ocr-crnn read --{'recognizer' if kind == 'lines' else 'detector'} {to}")
