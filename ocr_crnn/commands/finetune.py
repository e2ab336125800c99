"""`ocr-crnn finetune`: the shipped networks go on with one's own lines or pages, without forgetting."""

import shlex
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ocr_crnn.commands.failing import fail
from ocr_crnn.extras import needs_train


class Kind(StrEnum):
    LINES = "lines"
    PAGES = "pages"


def finetune(
    kind: Annotated[Kind, typer.Argument(help="lines: the recogniser learns. pages: the detector.")],
    data: Annotated[list[Path], typer.Argument(help="Labelled folders, zips or files, as convert and check read them.")],
    to: Annotated[Path, typer.Option(help="Folder of the new preset; its run is in TO.run until it is written.")],
    base: Annotated[str | None, typer.Option(help="Preset to begin with, by its name or folder.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Batches in all.")] = None,
    minutes: Annotated[float | None, typer.Option(min=0.01, help="The training ends after so many.")] = 12,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1)] = 0,
    held: Annotated[float | None, typer.Option(help="Share of the data to measure on.")] = None,
    rehearsal: Annotated[float | None, typer.Option(help="Share of what is learnt from that is rendered; 0 forgets.")] = None,
    fonts: Annotated[list[Path] | None, typer.Option(help="Font files and folders to render with; those of the system by default.")] = None,
    exclude_fonts: Annotated[list[str] | None, typer.Option("--exclude-fonts", help="A family that nothing is rendered in.")] = None,
    corpus: Annotated[list[Path] | None, typer.Option(help="UTF-8 text to render, a sentence a line, beside the templates.")] = None,
):
    """Improve the recogniser on tens to hundreds of labelled lines, or of lines of labelled pages; the detector on tens of pages."""
    from ocr_crnn.quiet import start_tensorflow

    options = {"base": base, "steps": steps, "minutes": minutes, "seed": seed, "held": held, "rehearsal": rehearsal}
    options |= {"fonts": fonts, "exclude_fonts": exclude_fonts, "corpus": corpus}
    with needs_train("Fine-tuning"):
        start_tensorflow()  # in silence, before the modules that import it
        from ocr_crnn.presets.engine_files import LiteRTError
        from ocr_crnn.recipes import finetune as recipe

        command = shlex.join(["ocr-crnn", *(Path(word).name if "/" in word else word for word in sys.argv[1:])])
        try:
            outcome = recipe.finetune(kind.value, data, to, command=command, **options)
        except recipe.RunEndedError as error:
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
    typer.echo(f"{outcome.folder}: ocr-crnn read --{'recognizer' if kind == Kind.LINES else 'detector'} {to}")
