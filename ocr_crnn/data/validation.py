"""ValidationReport: what was wrong with a data set, counted and listed, so that nothing is dropped in silence."""

import csv
import os
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from ocr_crnn.data.samples import UnreadableImageError, decode_page, read_image_bytes
from ocr_crnn.files import replacing
from ocr_crnn.images import open_picture
from ocr_crnn.names import to_cell
from ocr_crnn.untrusted.zips import JOIN_PARTS

# What each kind of finding means; also the order in which a summary prints them.
KINDS = {
    "json_damaged": "a JSON file that cannot be opened, ends early or nests without end; of one with many images what stood before is used",
    "json_superseded": "an older JSON of a part that also has a _clean one; not read",
    "json_foreign": "a JSON of another data set than is asked for; not read",
    "json_unknown": "a JSON of no data set that is known; not read",
    "zip_damaged": "a zip that cannot be opened: cut off or changed on its way; download it again",
    "no_file": "a pipe, a socket, a device, a broken link or a folder that cannot be looked into; not opened",
    "labels_damaged": "a file of annotations, or a line of one, that cannot be read; left out",
    "labels_not_read": "a file of annotations beside another one that says more of the same images; not read",
    "zip_part": f"a piece NAME.zip.partN that has to be joined first: {JOIN_PARTS}",
    "not_unpacked": "a download that is still one file; not read: tar -xf NAME.tar first",
    "labels_without_images": "a zip of labels none of whose images is there: the zip of its images was not downloaded",
    "images_without_labels": "a zip of images none of which has a label: the zip of its labels was not downloaded",
    "lmdb_damaged": "an LMDB, or a page of it, that cannot be read: cut off or changed on its way; the other pages are used",
    "lmdb_other_machine": "an LMDB of another byte order, word size or version; not read: mdb_dump there, mdb_load here",
    "lmdb_in_zip": "an LMDB in a zip, which has to be unpacked first; not read",
    "lmdb_no_samples": "an LMDB without any image-000000001 or label-000000001",
    "lmdb_no_count": "an LMDB without num-samples; the samples whose keys are there are used",
    "lmdb_bad_count": "num-samples of an LMDB is no number, or more than there are; the samples whose keys are there are used",
    "lmdb_not_counted": "a sample of an LMDB beyond num-samples; left out, as by every reader of the field",
    "lmdb_gap": "numbers among the samples of an LMDB that lack the image, the label or both; left out",
    "lmdb_from_zero": "an LMDB whose samples are counted from 0, not 1; read from 0 on",
    "lmdb_other_keys": "keys of an LMDB that are neither image, label nor num-samples; not read",
    "label_not_utf8": "a label of an LMDB that is no UTF-8; left out",
    "bad_record": "a record that is not an object or has no id; left out",
    "bad_attributes": "attributes that are no object, or hold lists or objects; these are left out",
    "bad_text": "a text that is a list, an object, true or false; as null",
    "duplicate_image": "an image id or file name listed again; the first one is kept",
    "duplicate_file": "an image that lies there twice, unpacked and in its zip; the first one is used",
    "duplicate_id": "an id that another row of the image has, too; both are kept",
    "duplicate_row": "a text labelled twice at the same place; the first one is kept",
    "duplicate_annotation": "a second text for an image that holds one text; the first one is kept",
    "image_without_annotation": "an image record that no annotation names; left out",
    "annotation_without_image": "an annotation whose image has no record; left out",
    "image_missing": "an image that the JSON lists and the disk lacks; left out",
    "image_outside": "an image that the annotations name and that lies outside their folder; left out: ocr-crnn convert --images FOLDER",
    "image_ambiguous": "an image of which several have the name, in other folders than the annotations say; left out",
    "image_changed": "another image than the one that was labelled: its size or its SHA-256 differs; left out",
    "not_annotated": "an image that nobody has labelled, or whose labelling was given up; left out",
    "not_corrected": "an image with a prediction and no annotation, among others that have one; left out",
    "prediction_used": "an image with a prediction that nobody has corrected; used",
    "several_annotations": "an image labelled more than once; the last annotation is used",
    "image_without_record": "an image on disk that no JSON lists; not used",
    "image_unreadable": "an image that is empty, truncated or not an image; left out",
    "image_damaged": "an image whose checksums do not fit its bytes, or that lacks its end; used as far as it decodes",
    "image_size_differs": "an image whose size is not the one in the JSON",
    "bad_size": "width or height in the JSON is no positive number; taken from the image header",
    "null_text": "text is null on a row that is not marked as ignored; kept as unreadable on photographs, else left out",
    "empty_text": "text is empty or only spaces; kept as unreadable on photographs, else left out",
    "illegible": "a text xxx, which stands for what cannot be read; kept as unreadable",
    "partly_illegible": "xxx beside Korean letters; kept as it is",
    "spread_text": "letters with spaces between them, as they are printed: 제 목; kept",
    "text_differs": "an image of one text whose label has another one too; the first is used",
    "text_not_nfc": "text in decomposed form; normalised to NFC",
    "several_texts": "more than one text for a region; joined with spaces",
    "several_lines": "a text of several lines for an image of one; left out",
    "text_unmatched": "texts that cannot be told to which regions they belong, for some have none; kept as unreadable",
    "commas_unquoted": "a text with commas and no quotation marks in a CSV; taken whole",
    "stray_jamo": "single consonants or vowels among syllables, often a typing slip; kept",
    "long_character": "a row of class character with more than one character; kept",
    "polygon_simplified": "a polygon of more than four corners; the rectangle around it is used",
    "page_without_text": "an image on which no text is labelled; kept",
    "unknown_type": "a row has no type that is known; kept, but not where a kind was asked for by it",
    "size_turned": "width and height are those of a photograph before it is turned upright; exchanged",
    "bad_box": "a box that is not the finite numbers it has to be; left out",
    "empty_box": "a box without area inside the image; left out",
    "box_outside": "a box that reaches beyond the image; cut to it, a rotated one stays",
    "unknown_character": "the alphabet lacks a character of the text; left out",
    "label_too_long": "the text has more characters than max_string_len; left out",
    "too_few_frames": "the network has fewer frames, or positions, than the text takes, or the line is wider than it takes; left out",
    "text_left_out": "a text that cannot be read, or that nobody has typed, where only lines with a text are written; left out",
    "stacked": "a line whose characters stand one below the other, which is not read from left to right; left out",
    "too_wide": "a line wider than is learnt from without a label; left out",
    "too_small": "a line narrower or lower than can be read; left out",
    "beyond_image": "a line longer or higher than twice the diagonal of its image; left out",
    "unknown_replaced": "the alphabet lacks a character of the text; the character for unknown ones stands in for it",
    "upright_text": "a text of a page that is taller than wide, whose reading direction nothing tells; left out",
    "beyond_memory": "a line after as many as are held in memory; left out",
    "squeezed": "a line longer than the widest input; squeezed to it, not cut",
    "cut": "a line longer than the widest input; its right end is cut off, its text is not",
}
# Findings after which everything is still there, mended or as it was.
NOTHING_LEFT_OUT = {
    "json_superseded", "labels_not_read", "lmdb_no_count", "lmdb_bad_count", "lmdb_from_zero",
    "several_annotations", "several_texts", "commas_unquoted", "prediction_used", "box_outside",
    "page_without_text", "polygon_simplified", "text_not_nfc", "stray_jamo", "long_character", "unknown_type", "bad_size",
    "image_size_differs", "image_damaged", "unknown_replaced", "squeezed",
}  # fmt: skip
ROWS_PER_KIND = 10_000
MOST_CHARACTERS = 1000  # of a path or a detail in a row


class ValidationReport:
    """Counts per kind of finding, and for each kind the first ROWS_PER_KIND rows (kind, where, detail).

    facts: further counts by name, such as how many images are used.
    Threads may add at the same time.
    """

    def __init__(self):
        self.counts = Counter()
        self.rows = []
        self.facts = {}
        self._lock = threading.Lock()

    def add(self, kind, where, detail=""):
        """One finding: where it is (a path, an id) and what was received."""
        with self._lock:
            self.counts[kind] += 1
            if self.counts[kind] <= ROWS_PER_KIND:
                self.rows.append((kind, str(where)[:MOST_CHARACTERS], str(detail)[:MOST_CHARACTERS]))

    def extend(self, other):
        """Add everything that another report holds; its facts, which are counts, are added up."""
        with self._lock:
            self.counts.update(other.counts)
            self.rows.extend(other.rows)
            for name, value in other.facts.items():
                self.facts[name] = self.facts.get(name, 0) + value

    def left_out(self):
        """How many findings are about what is not used, or not as it was meant."""
        return sum(count for kind, count in self.counts.items() if kind not in NOTHING_LEFT_OUT)

    def __str__(self):
        """A few lines for people: the facts, then each kind with its count and its meaning."""
        facts = [f"{value:>9,}  {name.replace('_', ' ')}" for name, value in self.facts.items()]
        if not self.counts:
            return "\n".join([*facts, "No problems found."])
        width = max(map(len, self.counts))
        kinds = sorted(self.counts, key=lambda kind: (list(KINDS).index(kind) if kind in KINDS else len(KINDS), kind))
        return "\n".join([*facts, *(f"{self.counts[kind]:>9,}  {kind:<{width}}  {KINDS.get(kind, '')}".rstrip() for kind in kinds)])

    def write_csv(self, path):
        """One row a finding: kind, where, detail. UTF-8 with a mark, so that Excel shows Korean, and no
        cell that it would run. Written whole or not at all."""
        with replacing(path) as temporary, open(temporary, "w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["kind", "where", "detail"])
            writer.writerows(map(to_cell, row) for row in self.rows)
            for kind, count in self.counts.items():
                if count > ROWS_PER_KIND:
                    writer.writerow([kind, "", f"and {count - ROWS_PER_KIND} more"])


def check_images(pages, report, workers=None):
    """Decode every image; those that are unreadable, damaged, or of another size than their Page says join the report.

    workers: threads, one a core if None; each holds one image at a time.
    """

    def check(page):
        try:
            contents = read_image_bytes(page.image_path)
            size = decode_page(contents, page, gray=True).shape[:2]
        except (UnreadableImageError, OSError) as error:
            report.add("image_unreadable", page.image_path, error)
            return
        damage = _find_damage(contents)
        if damage:
            report.add("image_damaged", page.image_path, damage)
        if size != page.size:
            found = f"{size[1]} × {size[0]} px, said to be {page.size[1]} × {page.size[0]}"
            report.add("image_size_differs", page.image_path, found)

    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        for _ in pool.map(check, pages):
            pass


def _find_damage(contents):
    """What the checksums of a file that can be decoded say, or None: decoding itself passes over those of PNG."""
    try:
        with open_picture(contents) as image:
            image.verify()
    except Exception as error:  # whatever the damaged file leads the reader to
        return f"{error}"
    return None
