"""`ocr-crnn template register` and `template read`: forms that are known, and what is filled in."""

from pathlib import Path
from typing import Annotated

import typer

from ocr_crnn.commands.failing import fail

FORMATS = ("csv", "wide", "json")


def register(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="Scan of the form, empty or filled; a PDF or TIFF may have several pages.")],
    fields: Annotated[Path, typer.Option(help="JSON that names the form and its fields.")],
    to: Annotated[Path, typer.Option(help="Folder of the template; new.")],
    dpi: Annotated[float, typer.Option(min=30, max=1200, help="At which pages of PDFs are looked at.")] = 300,
    detector: Annotated[str | None, typer.Option(help="Preset, or folder of one.")] = None,
    recognizer: Annotated[str | None, typer.Option(help="Preset, or folder of one.")] = None,
):
    """Register a form: what is printed on it and where it is filled in. Nothing that somebody has filled in is kept."""
    import hashlib

    from ocr_crnn.images import read_images
    from ocr_crnn.presets.engine_files import LiteRTError
    from ocr_crnn.reading.loading import load_document_reader
    from ocr_crnn.reading.templates.registration import draw_blank_picture, register
    from ocr_crnn.reading.templates.schema import write_template
    from ocr_crnn.untrusted.json_text import read_json_file
    from ocr_crnn.untrusted.plain import read_plain

    try:
        spec = read_json_file(fields, "A description of a form", "Correct the file.", 1 << 22)
        images = list(read_images(path, dpi=dpi))
        reader = load_document_reader(detector, recognizer)
        made_of = {"sha256": hashlib.sha256(read_plain(path, 1 << 31)).hexdigest(), "dpi": images[0].dpi}
        pixels = [image.pixels for image in images]
        pages = [reader.read_page(each) for each in pixels]
        template = register(pages, pixels, spec, made_of)
        write_template(template, to, draw_blank_picture(pages[0], pixels[0]) if spec.get("blank") else None)
    except (OSError, ValueError, LiteRTError) as error:
        fail(error)
    labels, places = (sum(len(getattr(page, name)) for page in template.pages) for name in ("anchors", "fields"))
    kept = "it was said to be blank" if spec.get("blank") else "only known labels were kept: it was not said to be blank"
    typer.echo(f"{template.name}, version {template.version}: {labels} labels, {places} fields in {to}; {kept}.")


def read(
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help="Images, PDFs, folders, patterns.")],
    templates: Annotated[Path, typer.Option(help="Folder of a template, or of folders of templates.")],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Folder for the tables; standard output if left out.")] = None,
    formats: Annotated[
        str, typer.Option("--format", help="csv: a row a field; wide: a row a form, a table a template; json; by commas.")
    ] = "csv",
    recursive: Annotated[bool, typer.Option("--recursive", help="Folders below folders too.")] = False,
    dpi: Annotated[float, typer.Option(min=30, max=1200, help="At which pages of PDFs are looked at.")] = 300,
    detector: Annotated[str | None, typer.Option(help="Preset, or folder of one.")] = None,
    recognizer: Annotated[str | None, typer.Option(help="Preset, or folder of one.")] = None,
):
    """Read the fields of registered forms. Pages that show none are listed with the reason. Exit code 1 if anything could not be read."""
    from ocr_crnn.images import find_files
    from ocr_crnn.presets.engine_files import LiteRTError
    from ocr_crnn.reading.loading import load_document_reader
    from ocr_crnn.reading.templates.stage import load_stage

    kinds = tuple(dict.fromkeys(kind.strip() for kind in formats.split(",") if kind.strip()))
    if not kinds or set(kinds) - set(FORMATS):
        fail(f"--format is a list of {', '.join(FORMATS)}. Received: {formats}.")
    if out is None and (len(kinds) > 1 or "wide" in kinds):
        fail(f"Standard output takes csv or json. Received: {formats} without -o. Add -o FOLDER.")
    try:
        stage = load_stage(templates)
        files = find_files(paths, recursive)
        if not files:
            raise FileNotFoundError(
                f"There has to be something to read. Received: {', '.join(paths)}, without any image or PDF. Name a file."
            )
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
        results, failed = _read_all(files, load_document_reader(detector, recognizer, stages=(stage,)), dpi)
        _write_tables(results, kinds, out)
    except (OSError, ValueError, LiteRTError) as error:
        fail(error)
    found = sum(form["template"] is not None for *_, records in results for form in records["forms"])
    without = sum(not records["fields"] for *_, records in results)
    summary = f"{len(results)} pages: {found} forms; {without} pages without a registered form; {failed} that could not be read."
    typer.echo(summary, err=True)
    raise typer.Exit(1 if failed else 0)


def _read_all(files, reader, dpi):
    """(file, page number, records) of every page that could be read, and how many could not; those are told at once."""
    from ocr_crnn.images import read_each
    from ocr_crnn.names import printable, readable

    results, failed = [], 0
    for file in files:
        try:
            for index, image in read_each(file, dpi=dpi):
                if isinstance(image, Exception):
                    failed += 1
                    typer.echo(f"ocr-crnn: {printable(str(image))}", err=True)
                else:
                    results.append((readable(file), index + 1, reader.read_page(image.pixels).records))
        except (OSError, ValueError) as error:
            failed += 1
            typer.echo(f"ocr-crnn: {printable(str(error))}", err=True)
    return results, failed


def _write_tables(results, kinds, out):
    from ocr_crnn.files import replace_file
    from ocr_crnn.reading.templates.tables import format_csv, format_json, format_wide

    written = {}
    if "csv" in kinds:
        written["fields.csv"] = format_csv(results)
    if "json" in kinds:
        written["fields.json"] = format_json(results)
    if "wide" in kinds:
        written |= {f"{_file_name(name)}.csv": table for name, table in format_wide(results).items()}
    for name, text in written.items():
        if out is None:
            typer.echo(text, nl=False)
        else:
            replace_file(out / name, "\ufeff" + text if name.endswith(".csv") else text)  # so that Excel takes it for UTF-8


def _file_name(name):
    return "".join(character if character.isalnum() or character in "-_." else "_" for character in name)
