"""From files to page images: every picture format, PDFs page by page, folders and patterns.

`levels.py`: what a page image is, and arrays. `pictures.py`, `tiff.py`: Pillow's formats. `pdf_pages.py`, `pdfium.py`: PDFs, in a
process of their own. `sources.py`: files and their pages. `finding.py`: which files there are.
"""

from ocr_crnn.images.finding import SUFFIXES, find_files
from ocr_crnn.images.levels import STRIP_ROWS, PageImage, UnreadableError, array_to_rgb, is_spread, pad_image, spread_grey
from ocr_crnn.images.pdf_pages import open_pdf
from ocr_crnn.images.pictures import ORIENTATION, check_size, decode_picture, open_picture, picture_to_rgb, resolution, square_size
from ocr_crnn.images.sources import page_count, read_each, read_images

__all__ = [
    "ORIENTATION", "STRIP_ROWS", "SUFFIXES", "PageImage", "UnreadableError", "array_to_rgb", "check_size",
    "decode_picture", "find_files", "is_spread", "open_pdf", "open_picture", "pad_image", "page_count",
    "picture_to_rgb", "read_each", "read_images", "resolution", "spread_grey", "square_size",
]  # fmt: skip
