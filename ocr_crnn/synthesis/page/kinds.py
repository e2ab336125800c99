"""The kinds of pages there are and how often each is drawn."""

from ocr_crnn.synthesis.page.articles import columns, lonely, manual, report, slide
from ocr_crnn.synthesis.page.contents import contents_page
from ocr_crnn.synthesis.page.forms import card, form, invoice, receipt, statement
from ocr_crnn.synthesis.page.letters import certificate, contract, notice, official_letter, vertical
from ocr_crnn.synthesis.page.notes import notes
from ocr_crnn.synthesis.page.sample_contract import sample_contract
from ocr_crnn.synthesis.page.sheets import sheet

PAGE_KINDS = {  # name: (draw(rng, faces, corpus, dpi) → Layout, weight)
    "contract": (contract, 16),
    "official_letter": (official_letter, 9),
    "notice": (notice, 10),
    "certificate": (certificate, 3),
    "vertical": (vertical, 2),
    "form": (form, 10),
    "statement": (statement, 12),
    "invoice": (invoice, 7),
    "receipt": (receipt, 7),
    "card": (card, 2),
    "columns": (columns, 9),
    "manual": (manual, 7),
    "report": (report, 8),
    "slide": (slide, 3),
    "lonely": (lonely, 4),
    "notes": (notes, 30),
    "sheet": (sheet, 20),
    "contents": (contents_page, 9),
    "sample_contract": (sample_contract, 0),  # only when it is asked for
}
