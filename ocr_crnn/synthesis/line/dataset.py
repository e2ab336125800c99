"""Rendered lines as a data set in the shape of AI Hub's 한국어 글자체 이미지 (printed part): PNG files and one JSON.

A data set is rendered in chunks into `.NAME.partial` beside its folder and takes its name when it is complete, so that what
has the name is whole. Rendering that was stopped goes on with the chunk that was being rendered.
"""

import datetime
import json
import multiprocessing
import zlib
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from pathlib import Path

import cv2

from ocr_crnn.alphabet import HANGUL_SYLLABLES
from ocr_crnn.files import move, replace_file, replacing, sweep
from ocr_crnn.processes import end_with_parent
from ocr_crnn.synthesis.line.rendering import draw_numbered_line, render_line
from ocr_crnn.synthesis.text.corpus import draw_text

INFO_NAME = "printed_data_info.json"
ARGUMENTS = "arguments.json"  # of a rendering that is not finished
TYPES = {"sentence": "문장", "word": "단어(어절)", "syllable": "글자(음절)"}
CHUNK_LINES = 500
MAX_DRAWN = 20_000  # digits alone are one text in a few hundred


def text_kind(text):
    """"syllable" for one character, "word" for one without a space, else "sentence"."""
    return "syllable" if len(text) == 1 else "sentence" if " " in text else "word"


def draw_text_of_characters(rng, draw, characters):
    """A text that `draw(rng)` draws, of these characters only; what holds any other is drawn again.

    Raises ValueError where MAX_DRAWN texts in a row hold others.
    """
    for _ in range(MAX_DRAWN):
        if set(text := draw(rng)) <= set(characters):
            return text
    raise ValueError(
        f"Texts are drawn until one has only the characters wanted. Received: {characters!r}, and none of {MAX_DRAWN:,} texts is of them "
        "alone. Add characters, or words or a corpus of them."
    )


def draw_text_of_kind(rng, kind, **sources):
    """A text of one kind: a drawn line, one of its words, or any of the 11,172 syllables. sources: arguments of `draw_text`."""
    if kind == "syllable":
        withheld = sources.get("withheld", "")
        while (syllable := HANGUL_SYLLABLES[rng.integers(len(HANGUL_SYLLABLES))]) in withheld:
            pass
        return syllable
    while True:
        text = draw_text(rng, **sources)
        words = text.split()
        if kind == "sentence" and len(words) > 1:
            return text
        if kind == "word" and (long_words := [word for word in words if len(word) > 1]):
            return long_words[rng.integers(len(long_words))]


def render_line_dataset(
    folder,
    count,
    faces,
    corpus=(),
    words=(),
    latin_faces=(),
    kind=None,
    characters=None,
    withheld="",
    max_length=120,
    seed=0,
    degrade=True,
    dpi=None,
    channels=1,
    workers=1,
    progress=None,
):
    """Render `count` lines into a new folder: `sentence/ word/ syllable/` of PNG files and `printed_data_info.json`.

    kind: "sentence", "word", "syllable", or None for what the text is. characters: if given, the only ones that occur. faces,
    latin_faces: as from `load_faces`. corpus, words, withheld, max_length: as of `draw_text`. Line i depends on seed and i alone,
    whatever the number of workers. progress: called with the number of lines finished since the last call, first with those that an
    earlier, stopped run left.
    Raises FileExistsError when the folder is there, or when a stopped run had other arguments.
    """
    folder = Path(folder)
    partial_folder = folder.with_name(f".{folder.name}.partial")
    arguments = {
        "count": count,
        "kind": kind,
        "characters": characters,
        "withheld": "".join(withheld),
        "max_length": max_length,
        "seed": seed,
        "degrade": degrade,
        "dpi": dpi,
        "channels": channels,
        "texts": zlib.crc32("\n".join((*corpus, *words)).encode()),
        "faces": [f"{face.family} {face.style}" for face in (*faces, *latin_faces)],
    }
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        if not _is_of(folder, arguments):
            raise FileExistsError(f"Lines are rendered into a new or empty folder. Received: {folder}. Name another one or remove it.")
        (folder / ARGUMENTS).unlink()  # stopped just before the end
        if progress:
            progress(count)
        return
    _open_partial(partial_folder, arguments)
    sources = {"corpus": corpus, "words": words, "withheld": withheld, "max_length": max_length}
    draw = partial(draw_text, **sources) if kind is None else partial(draw_text_of_kind, kind=kind, **sources)
    if characters is not None:
        draw = partial(draw_text_of_characters, draw=draw, characters=characters)
    look = {"faces": faces, "latin_faces": latin_faces, "degrade": degrade, "dpi": dpi, "channels": channels}
    render = partial(_render_chunk, partial_folder, seed=seed, draw=draw, **look)
    waiting, joined = [], (partial_folder / INFO_NAME).exists()
    for start in range(0, count, CHUNK_LINES):
        stop = min(start + CHUNK_LINES, count)
        if joined or _chunk_path(partial_folder, start).exists():
            if progress:
                progress(stop - start)
        else:
            waiting.append((start, stop))
    for lines in _run(render, waiting, workers):
        if progress:
            progress(lines)
    if not joined:
        _join(partial_folder, range(0, count, CHUNK_LINES))
    for chunk in partial_folder.glob("chunk_*.json"):
        chunk.unlink()
    if folder.exists():
        folder.rmdir()  # empty, as was checked
    move(partial_folder, folder)
    (folder / ARGUMENTS).unlink()  # last: with it the same command goes on wherever it was stopped


def _run(render, chunks, workers):
    """Yield the number of lines of each chunk as it is finished. Workers get the faces and texts once, when they start."""
    if workers <= 1:
        yield from (render(*chunk) for chunk in chunks)
        return
    # Spawned, not forked: OpenCV's threads do not live through a fork, and a worker that asks for them waits for ever.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_set_render, initargs=(render,)) as pool:
        futures = [pool.submit(_render_with_worker, chunk) for chunk in chunks]
        try:
            yield from (future.result() for future in as_completed(futures))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


_worker = {}


def _set_render(render):
    end_with_parent()
    cv2.setNumThreads(1)
    _worker["render"] = render


def _render_with_worker(chunk):
    return _worker["render"](*chunk)


def _render_chunk(folder, start, stop, *, seed, faces, latin_faces, draw, degrade, dpi, channels):
    """Render lines start … stop − 1; the chunk's records are written last, so their file says that the images are there."""
    records, captured = [], datetime.datetime.now().strftime("%Y-%m-%d %H:%M:%S")
    for index in range(start, stop):
        parameters = draw_numbered_line(seed, index, faces, draw, latin_faces, degrade, dpi)
        image = render_line(parameters, channels)
        kind = text_kind(parameters.text)
        encoded = cv2.imencode(".png", image if channels == 1 else image[..., ::-1])[1]
        (folder / kind).mkdir(exist_ok=True)
        (folder / kind / f"{index:08}.png").write_bytes(encoded)
        records.append(_records(index, image, parameters, kind, captured))
    replace_file(_chunk_path(folder, start), json.dumps(records, ensure_ascii=False))
    return stop - start


def _records(index, image, parameters, kind, captured):
    """`(image, annotation)` of one line as aihub's printed_data_info.json has them, with more attributes."""
    name = f"{index:08}"
    face = parameters.faces[0]
    attributes = {
        "font": f"{face.family} {face.style}",
        "type": TYPES[kind],
        "is_aug": parameters.condition != "clean",
        "degradation": parameters.condition,
        "em_px": round(parameters.em_px, 1),
        "dpi": round(parameters.dpi),
    }
    height, width = image.shape[:2]
    return (
        {"id": name, "width": width, "height": height, "file_name": f"{name}.png", "date_captured": captured},
        {"id": name, "image_id": name, "text": parameters.text, "attributes": attributes},
    )


def _open_partial(folder, arguments):
    note = folder / ARGUMENTS
    folder.mkdir(parents=True, exist_ok=True)
    sweep(folder)
    if any(folder.iterdir()):
        if not _is_of(folder, arguments):
            raise FileExistsError(
                f"A stopped rendering goes on with the same arguments. Received: others than those of {note}. "
                f"Repeat that command, or remove {folder}."
            )
        return
    replace_file(note, json.dumps(arguments, ensure_ascii=False))


def _is_of(folder, arguments):
    """Whether a rendering with these arguments was stopped there."""
    try:
        noted = json.loads((folder / ARGUMENTS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return noted == json.loads(json.dumps(arguments))  # JSON has no tuples


def _join(folder, starts):
    """Join the records of all chunks, bounded in memory by one chunk."""
    info = {
        "name": "Rendered Korean text lines",
        "description": "Rendered with ocr_crnn; nobody named in them exists.",
        "data_created": datetime.date.today().isoformat(),
    }
    chunks = [_chunk_path(folder, start) for start in starts]
    with replacing(folder / INFO_NAME) as temporary, open(temporary, "w", encoding="utf-8", newline="\n") as file:
        file.write('{"info": ' + json.dumps(info, ensure_ascii=False))
        for position, key in enumerate(("images", "annotations")):
            file.write(f',\n"{key}": [')
            for number, chunk in enumerate(chunks):
                rows = [json.dumps(record[position], ensure_ascii=False) for record in json.loads(chunk.read_text(encoding="utf-8"))]
                file.write((",\n" if number else "\n") + ",\n".join(rows))
            file.write("\n]")
        file.write(',\n"licenses": [{"name": "Apache-2.0"}]}\n')


def _chunk_path(folder, start):
    return folder / f"chunk_{start:08}.json"
