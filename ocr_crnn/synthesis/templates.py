"""Lines of Korean documents: contracts, official letters, forms, receipts, invoices, with fields that name nobody."""

from ocr_crnn.synthesis import fields


def draw_noun(rng):
    return fields.choose(rng, fields.NOUNS)


def draw_cell(rng):
    return fields.draw_cell(rng)


def draw_document_line(rng):
    return fields.draw_line(rng)
