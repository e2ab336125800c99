"""`ocr-crnn template register` and `template read`: forms that are known, and what is filled in."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from ocr_crnn.commands.failing import fail
from ocr_crnn.commands.read.command import KINDS, parse_mask

FORMATS = ("csv", "wide", "json")
LONGEST_NAME = 70  # characters of the name of a table: of Hangul, 210 of the 255 bytes that file systems allow


def register(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…", help="Scan of the form, empty or filled, or several filled ones; of all its pages."),
    ],
    fields: Annotated[Path, typer.Option(help="JSON that names the form and its fields.")],
    to: Annotated[Path, typer.Option(help="Folder of the template; new.")],
    dpi: Annotated[float, typer.Option(min=30, max=1200, help="At which pages of PDFs are looked at.")] = 300,
    detector: Annotated[str | None, typer.Option(help="Preset, or folder of one.")] = None,
    recognizer: Annotated[str | None, typer.Option(help="Preset, or folder of one.")] = None,
):
    """Register a form: what is printed on it and where it is filled in. Nothing that somebody has filled in is kept.

    Of several scans all that they share is taken for printed; places of fields are those of the first.
    """
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
        images = list(read_images(paths[0], dpi=dpi))
        reader = load_document_reader(detector, recognizer)
        made_of = {"sha256": hashlib.sha256(read_plain(paths[0], 1 << 31)).hexdigest(), "dpi": images[0].dpi}
        pixels = [image.pixels for image in images]
        pages = [reader.read_page(each) for each in pixels]
        others = [[reader.read_page(image.pixels) for image in read_images(path, dpi=dpi)] for path in paths[1:]]
        template = register(pages, pixels, spec, made_of, others)
        write_template(template, to, draw_blank_picture(pages[0], pixels[0]) if spec.get("blank") else None)
    except (OSError, ValueError, LiteRTError) as error:
        fail(error)
    labels, places = (sum(len(getattr(page, name)) for page in template.pages) for name in ("anchors", "fields"))
    kept = "it was said to be blank" if spec.get("blank") else "only known labels were kept: it was not said to be blank"
    if others:
        kept = f"what stands on all {len(paths)} scans was kept: look for what was filled in alike on all of them"
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
    mask: Annotated[str | None, typer.Option(help=f"Hide numbers of persons in all tables: default, all, or {KINDS}.")] = None,
    mask_whole: Annotated[bool, typer.Option("--mask-whole", help="Hide all of each number, also what may be shown of it.")] = False,
    detector: Annotated[str | None, typer.Option(help="Preset, or folder of one.")] = None,
    recognizer: Annotated[str | None, typer.Option(help="Preset, or folder of one.")] = None,
):
    """Read the fields of registered forms. Pages that show none are listed with the reason. Exit code 1 if anything could not be read."""
    from ocr_crnn.commands.read.masks import mask_name
    from ocr_crnn.images import find_files
    from ocr_crnn.presets.engine_files import LiteRTError
    from ocr_crnn.reading.loading import load_document_reader
    from ocr_crnn.reading.templates.stage import load_stage

    kinds = tuple(dict.fromkeys(kind.strip() for kind in formats.split(",") if kind.strip()))
    if not kinds or set(kinds) - set(FORMATS):
        fail(f"--format is a list of {', '.join(FORMATS)}. Received: {formats}.")
    if out is None and (len(kinds) > 1 or "wide" in kinds):
        fail(f"Standard output takes csv or json. Received: {formats} without -o. Add -o FOLDER.")
    hidden = parse_mask(mask, mask_whole)
    try:
        stage = load_stage(templates)
        files = find_files(paths, recursive)
        if not files:
            raise FileNotFoundError(
                f"There has to be something to read. Received: {', '.join(paths)}, without any image or PDF. Name a file."
            )
        reader = load_document_reader(detector, recognizer, stages=(stage,))
        names = _file_names(stage.keywords["templates"])
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            if hidden:
                _clear(out, kinds, names, hidden)
        results, failed = _read_all(files, reader, dpi, hidden, mask_whole, out)
        written = _write_tables(results, {kind: names[kind] for kind in kinds}, out)
        if out is not None and hidden:
            _note_tables(out, written, hidden, results, {*failed})
    except (OSError, ValueError, LiteRTError) as error:
        fail(mask_name(error, hidden) if hidden else error)
    found = sum(form["template"] is not None for *_, records in results for form in records["forms"])
    without = sum(not records["fields"] for *_, records in results)
    summary = f"{len(results)} pages: {found} forms; {without} pages without a registered form; {len(failed)} that could not be read."
    typer.echo(summary, err=True)
    raise typer.Exit(1 if failed else 0)


def _read_all(files, reader, dpi, hidden, whole, out):
    """(file, page number, records) of every page that could be read, and the file of every one that could not; those are told at once.

    hidden: kinds of numbers that no record holds, and no name of a file; every page is in masks.csv then.
    """
    from ocr_crnn.commands.read.batch import Job, Options, Result, read_pages
    from ocr_crnn.commands.read.masks import note_page
    from ocr_crnn.commands.read.messages import say
    from ocr_crnn.names import printable

    results, failed = [], []
    jobs = [Job(file, name, None) for file, name in zip(files, _names(files, hidden), strict=True)]
    for number, index, _, image, page in read_pages(reader, jobs, Options(dpi=dpi, mask=hidden, mask_whole=whole)):
        name = jobs[number].name
        if page is None:
            failed.append(name)
            result = Result(name, hidden=hidden)
            result.fail(None, image)
            message = result.errors[0][2]
            said = message if index is None else say("page", name=name, page=index + 1, message=message)
            typer.echo(f"ocr-crnn: {printable(said)}", err=True)
            continue
        if hidden and out is not None:
            note_page(out, name, index + 1, page, hidden)
        results.append((name, index + 1, page.records))
    return results, failed


def _names(files, hidden):
    """What the files are called in tables and messages: by their paths, without what is hidden, and numbered where two are equal then."""
    from ocr_crnn.commands.read.masks import mask_name
    from ocr_crnn.names import readable

    names, times = [], Counter()
    for file in files:
        name = mask_name(readable(file), hidden) if hidden else readable(file)
        times[name] += 1
        names.append(name if times[name] == 1 else f"{name} ({times[name]})")
    return names


def _file_names(templates):
    """{format: {(template, version) of a table, None for the one table of a format: the name of its file}}."""
    wide, times = {}, Counter()
    for template in templates:
        clean = "".join(character if character.isalnum() or character in "-_." else "_" for character in template.name)[:LONGEST_NAME]
        stem = f"{clean}-{template.version}"
        times[stem.casefold()] += 1
        wide[template.name, template.version] = f"{stem}.csv" if times[stem.casefold()] == 1 else f"{stem}_{times[stem.casefold()]}.csv"
    return {"csv": {None: "fields.csv"}, "wide": wide, "json": {None: "fields.json"}}


def _clear(out, kinds, names, hidden):
    """Remove earlier tables of these formats, perhaps with nothing hidden, and tell of others that are not known to be masked."""
    from ocr_crnn.commands.read.masks import finished_documents
    from ocr_crnn.commands.read.messages import say
    from ocr_crnn.commands.read.report import some

    for name in (name for kind in kinds for name in names[kind].values()):
        (out / name).unlink(missing_ok=True)
    finished = list(finished_documents(out, hidden).values())
    there = {name: (out / name).stat().st_mtime for each in names.values() for name in each.values() if (out / name).is_file()}
    left = [name for name, time in there.items() if time > max((times.get(name, -1.0) for times in finished), default=-1.0)]
    if left:
        typer.echo(say("not masked", count=len(left), folder=out, names=some(left)), err=True)


def _note_tables(out, tables, hidden, results, failed):
    """Add to masks.csv that the rows of each file stand in its tables now."""
    from ocr_crnn.commands.read.masks import note_document

    for name in dict.fromkeys([*(result[0] for result in results), *failed]):
        note_document(out, name, tables, hidden, name in failed)


def _write_tables(results, names, out):
    """Write the tables that there is something for; their names."""
    from ocr_crnn.files import replace_file
    from ocr_crnn.reading.templates.tables import format_csv, format_json, format_wide

    written = []
    for kind in names:
        tables = format_wide(results) if kind == "wide" else {None: (format_csv if kind == "csv" else format_json)(results)}
        for table, text in tables.items():
            if out is None:
                typer.echo(text, nl=False)
            else:
                mark = "" if kind == "json" else "\ufeff"  # so that Excel takes it for UTF-8
                replace_file(out / names[kind][table], mark + text)
                written.append(names[kind][table])
    return written
