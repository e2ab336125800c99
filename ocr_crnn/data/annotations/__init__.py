"""Annotations of one's own pages and lines, as the tools of the field write them: one file a format, read into Pages and written of them.

    source.py       the files of a folder or zip, and the image that an annotation names
    rows.py         what is labelled of an image → Page, by one set of rules
    json_records.py JSON as a stream of records
    target.py       what every format that is written has
    writing.py      Pages → a folder in one of the formats: images copied or cut, losses counted
    looking.py      which format a folder or a file is in
    label_studio.py, page_xml.py, paddleocr.py, coco_text.py, labelme.py, text_table.py, text_files.py, page_files.py,
    lmdb_words.py: the formats

`ocr_crnn.data.ground_truth` reads whatever is there; `ocr-crnn convert` brings one format to another.
"""
