"""Small pictures as files, and their pixels as the reader sees them."""

import io

from ocr_crnn.images import read_images


def encoded(picture, kind, **options):
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def one(source, **options):
    (page,) = read_images(source, **options)
    return page.pixels
