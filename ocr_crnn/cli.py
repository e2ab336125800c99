"""The command line: `ocr-crnn COMMAND`. A command is a file of ocr_crnn/commands, and imports what it needs when it runs."""

import sys
from typing import Annotated

import typer

from ocr_crnn import __version__
from ocr_crnn.commands import template as forms
from ocr_crnn.commands.check import check
from ocr_crnn.commands.convert import convert
from ocr_crnn.commands.doctor import doctor
from ocr_crnn.commands.evaluate import evaluate
from ocr_crnn.commands.export import export
from ocr_crnn.commands.finetune import finetune
from ocr_crnn.commands.language_model import language_model
from ocr_crnn.commands.quantise import quantise
from ocr_crnn.commands.read.command import ReadCommand, read
from ocr_crnn.commands.render import render_lines, render_pages
from ocr_crnn.commands.serve.command import serve
from ocr_crnn.commands.train import train
from ocr_crnn.extras import MissingExtraError, needs_train
from ocr_crnn.quiet import quiet_pillow

app = typer.Typer(name="ocr-crnn", help="Korean document OCR for Keras 3 and TensorFlow.", no_args_is_help=True, add_completion=True)
render = typer.Typer(help="Render training material.", no_args_is_help=True)
template = typer.Typer(help="Registered forms and what is filled in.", no_args_is_help=True)


def print_version(wanted: bool):
    if wanted:
        typer.echo(f"ocr-crnn {__version__}")
        raise typer.Exit()


@app.callback()
def options(version: Annotated[bool, typer.Option("--version", help="Print the version.", callback=print_version, is_eager=True)] = False):
    pass


app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})(train)
app.add_typer(render, name="render")
render.command("lines")(render_lines)
render.command("pages")(render_pages)
app.command()(finetune)
app.add_typer(template, name="template")
template.command("register")(forms.register)
template.command("read")(forms.read)
app.command(cls=ReadCommand)(read)
app.command()(serve)
app.command()(evaluate)
app.command()(doctor)
app.command()(export)
app.command()(quantise)
app.command()(check)
app.command()(convert)
app.command("language-model")(language_model)


def main():
    quiet_pillow()
    # A Korean Windows console is cp949 and crashes on "—"; UTF-8 everywhere.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        with needs_train("This command"):
            app()
    except MissingExtraError as error:
        sys.exit(f"ocr-crnn: {error}")


if __name__ == "__main__":
    main()
