"""Images, PDFs, and PDFs whose hidden text is taken out."""

import io
import random

import numpy as np
from PIL import Image

from fuzz.frame import as_file, scratch, target
from fuzz.mutate import mutate_bytes
from fuzz.structure import mutate_pdf, mutate_png
from ocr_crnn.images import UnreadableError, page_count, read_images

PNG = b"\x89PNG"


def seed_images():
    """A small picture in the formats and modes that are read."""
    noise = np.random.default_rng(0).integers(0, 256, (12, 20, 4), np.uint8)
    picture = Image.fromarray(noise, "RGBA")
    kinds = [("PNG", mode) for mode in ("1", "L", "P", "RGB", "RGBA", "LA", "I;16")]
    kinds += [("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("TIFF", "1"), ("TIFF", "RGB"), ("GIF", "P"), ("BMP", "RGB"), ("BMP", "1")]
    kinds += [("PPM", "RGB"), ("PPM", "L"), ("WEBP", "RGB"), ("JPEG2000", "RGB"), ("TGA", "RGB"), ("ICO", "RGBA"), ("PCX", "RGB")]
    for kind, mode in kinds:
        yield _encode(_in_mode(picture, mode), kind)
    exif = Image.Exif()
    exif[0x0112] = 6
    yield _encode(picture.convert("RGB"), "JPEG", exif=exif, dpi=(204, 98))
    yield _encode(picture.convert("RGB"), "PNG", dpi=(204, 98), exif=exif)
    frames = [picture.convert("RGB").rotate(90 * number) for number in range(3)]
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
        yield _encode(frames[0], "TIFF", save_all=True, append_images=frames[1:], compression=compression)
    yield _encode(picture.convert("1"), "TIFF", compression="group4")
    yield _encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    yield _encode(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    yield _encode(frames[0], "PNG", save_all=True, append_images=frames[1:])
    yield b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n{} loop\n"


def _in_mode(picture, mode):
    return Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257) if mode == "I;16" else picture.convert(mode)


def _encode(picture, kind, **options):
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def mutate_image(contents, rng):
    return (mutate_png if contents.startswith(PNG) else mutate_bytes)(contents, rng)


@target(seed_images, UnreadableError, mutate_image)
def images(contents):
    """As `read` does: the pages are counted, then read one by one, and a damaged one ends nothing."""
    failed = None
    for index in range(min(page_count(contents), 8)):
        try:
            for image in read_images(contents, pages=[index], name="input"):
                _check_pixels(image.pixels)
        except UnreadableError as error:
            failed = error
    if failed is not None:
        raise failed


def _check_pixels(pixels):
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size:
        raise TypeError(f"A page is uint8 (height, width, 3). Received: {pixels.dtype} {pixels.shape}.")


@target(seed_images, errors=(ValueError,), mutate=mutate_image)
def training_images(contents):
    """Images of data sets go through a reader of their own."""
    from ocr_crnn.data.samples import decode_bytes

    decode_bytes(contents, "input", gray=len(contents) % 2 == 0, exif_transpose=len(contents) % 3 == 0)


def seed_pdfs():
    import pikepdf
    from pikepdf import Array, Dictionary, Name

    def save(document, **options):
        stream = io.BytesIO()
        document.save(stream, **options)
        return stream.getvalue()

    with pikepdf.new() as document:
        for rotate in (0, 90):
            page = document.add_blank_page(page_size=(72, 36))
            page.obj.Rotate = rotate
            font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
            page.add_resource(font, Name.Font, Name.F1)
            noise = random.Random(1).randbytes(48)
            picture = document.make_stream(noise, Type=Name.XObject, Subtype=Name.Image, Width=4, Height=4, BitsPerComponent=8)
            picture.ColorSpace = Name.DeviceRGB
            page.add_resource(picture, Name.XObject, Name.Im1)
            form = document.make_stream(b"BT 3 Tr /F1 9 Tf (in a form) Tj ET", Type=Name.XObject, Subtype=Name.Form)
            form.BBox = Array([0, 0, 72, 36])
            form.Resources = Dictionary(Font=Dictionary(F1=font))
            page.add_resource(document.make_indirect(form), Name.XObject, Name.Fm1)
            page.contents_add(b"q 30 0 0 20 2 2 cm /Im1 Do Q BT /F1 9 Tf 5 5 Td (seen) Tj 3 Tr (hidden) Tj ET /Fm1 Do")
        yield save(document, compress_streams=False)
        yield save(document)
        yield save(document, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        yield save(document, encryption=pikepdf.Encryption(owner="a", user=""))
        yield save(document, encryption=pikepdf.Encryption(owner="a", user="secret"))
    yield b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Count 1000000/Kids[3 0 R]>>endobj " \
          b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj trailer<</Root 1 0 R>>"  # fmt: skip


@target(seed_pdfs, UnreadableError, mutate_pdf)
def pdfs(contents):
    """Counted, then the first pages read at a low resolution."""
    failed = None
    for index in range(min(page_count(contents), 4)):
        try:
            for image in read_images(contents, dpi=50, pages=[index], name="input"):
                _check_pixels(image.pixels)
        except UnreadableError as error:
            failed = error
    if failed is not None:
        raise failed


class _Nothing:
    """A reader that finds nothing, in no time."""

    def read_pages(self, images):
        from ocr_crnn.page import Page

        return [Page(None, image.shape[:2], np.zeros((0, 4, 2)), [], scores=[]) for image in images]


@target(seed_pdfs, UnreadableError, mutate_pdf)
def pdfs_written(contents):
    """Through the whole of `read`: whatever is wrong with a PDF is one line of errors.csv, and no traceback."""
    _read_whole(contents, "input.pdf", len(contents) % 2 == 0)


@target(seed_images, UnreadableError, mutate_image)
def images_written(contents):
    """Likewise; the first message of errors.csv is taken for what the reader raises."""
    _read_whole(contents, "input.png", False)


def _read_whole(contents, name, redo):
    import contextlib
    import shutil

    from ocr_crnn.commands.read.errors import parse_errors
    from ocr_crnn.commands.read.files import read_files

    out = scratch() / "out"
    shutil.rmtree(out, ignore_errors=True)
    path = as_file(contents, name)
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        read_files([path], out, _Nothing, "txt,json,pdf,html", dpi=30, pages="1-3", quiet=True, redo=redo)
    left = [entry.name for entry in out.iterdir() if entry.name.startswith(".") and entry.is_dir()]
    if left:
        raise FileExistsError(f"Nothing temporary stays. Received: {left}.")
    if (out / "errors.csv").exists():
        raise UnreadableError(next(message for *_, message in parse_errors((out / "errors.csv").read_bytes())[0]))


