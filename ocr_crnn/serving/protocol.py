"""What a served model answers with: export.py writes these outputs, client.py reads them. Neither TensorFlow nor Keras is needed.

The first axis of every output is that of the images asked about, so that a server may run several requests as one batch. Rows of the
shorter pages are filled up; `counts` and `character_counts` say how many are real.
"""

SCHEMA = "ocr_crnn/export/2"  # another number means other outputs, or others of the same name
IMAGES_AT_ONCE = 16  # in a request, and in a batch of several requests; a server refuses a request with more

TEXTS = {  # a row for each text of a page, in reading order: shape, type, filling
    "texts": ((), "string", ""),
    "scores": ((), "float32", 0.0),
    "quads": ((4, 2), "float32", 0.0),  # pixels of the image as it is given, from the text's own top-left
    "stacked": ((), "bool", False),  # characters one below the other
    "lines": ((), "int32", -1),
    "blocks": ((), "int32", -1),
}
CHARACTERS = {  # a row for each character, spaces included, text by text
    "codes": ((), "int32", 0),  # Unicode
    "character_scores": ((), "float32", 0.0),
    "spans": ((2,), "float32", 0.0),  # from where to where along the crop of its text, in pixels of the crop
}
SEGMENTS = {"segments": ((), "int32", -1)}  # the row of its text, for each character of a page
BOXES = {  # of "detect", a row for each character that a detector finds without reading it, text by text; not of every detector
    "character_quads": ((4, 2), "float32", 0.0),  # pixels of the image as it is given
    "character_scores": CHARACTERS["character_scores"],
    **SEGMENTS,
}
DETECTED = {"quads": TEXTS["quads"], "scores": TEXTS["scores"], **BOXES}
COUNTS = {"counts": "scores", "character_counts": "character_scores"}  # int32, how many rows of a column are real
IMAGE = {  # of every image, and `schemas`, a string, SCHEMA
    "sizes": ((2,), "int32"),  # height and width in pixels
    "errors": ((), "string"),  # empty if there is none
}
PAGE = {  # of a page
    "page_text": ((), "string"),
    "turns": ((), "int32"),  # quarter turns, counter-clockwise, after which the page was read
    "left_out": ((), "int32"),
    **IMAGE,
}

OUTPUTS = {  # of the signatures, those that the client asks for; "recognize" has texts and scores too, one for each line
    "serving_default": (
        "scores", "quads", "stacked", "counts", *SEGMENTS, *CHARACTERS, "character_counts", "turns", "left_out", *IMAGE, "schemas",
    ),
    "recognize": (*CHARACTERS, "character_counts", *IMAGE, "schemas"),
}  # fmt: skip
