"""All values of a text at once, and the value of a text whose kind is known."""

from ocr_crnn.reading.identifiers import DOUBTFUL, find_identifiers
from ocr_crnn.reading.values.addresses import find_addresses, fold_regions
from ocr_crnn.reading.values.amounts import find_amounts, find_torn_amounts, parse_amount
from ocr_crnn.reading.values.dates import find_dates
from ocr_crnn.reading.values.folding import fold_digits, fold_forms
from ocr_crnn.reading.values.misread import find_misread
from ocr_crnn.reading.values.numerals import parse_numeral, plain
from ocr_crnn.reading.values.phones import find_hidden_phones
from ocr_crnn.reading.values.quantities import find_quantities
from ocr_crnn.reading.values.times import find_times
from ocr_crnn.reading.values.value import Value, is_whole, without_overlaps

# In this order where two are equally long.
_FINDERS = (find_addresses, find_dates, find_amounts, find_torn_amounts, find_times, find_quantities, find_hidden_phones)
KINDS = ("date", "time", "money", "quantity", "number", "address", "location")


def find_values(text, context=""):
    """A list of Value, in the order of the text, none overlapping: of two that do, the longer.

    text: as it was read, NFC. Letters that print like digits count as digits within a number; the Value notes it. context: what
    stands before the text and speaks of it, such as the label of its cell; without it, identifiers that are doubtful are left out.
    """
    forms = fold_forms(text)
    folded = fold_regions(fold_digits(forms))
    values = [_noted(value, forms, folded) for find in _FINDERS for value in find(folded)]
    values = without_overlaps([*_identifiers(text, context), *values])
    return without_overlaps([*values, *(value for value in find_misread(folded) if not _known(value, values))])


def _known(misread, values):
    """Whether a value of the kind is all of what was misread but one sign, or something else is longer."""
    length = misread.end - misread.start
    inside = [value for value in values if value.start < misread.end and misread.start < value.end]
    return any(value.end - value.start >= length - (value.kind == misread.kind) for value in inside)


def _identifiers(text, context):
    for found in find_identifiers(text, context=context):
        doubtful = found.rule in DOUBTFUL
        if not doubtful or context:
            yield Value(found.kind, found.start, found.end, found.value, found.valid is not False and not doubtful, notes=(found.rule,))


def parse_value(text, kind):
    """The Value of a text that is known to be of one kind, a field of a form; None where the text is no such value.

    kind: one of KINDS. More is taken than in running text: 20261126 is a date, 48,400,000 an amount, whose currency is the won.
    The text may say more than its value only by spaces, brackets and colons; a text with a word beside the value has none.
    """
    if kind not in KINDS:
        raise ValueError(f"A value is of a kind that is known. Received: {kind!r}. Name one of {', '.join(KINDS)}.")
    forms = fold_forms(text)
    folded = fold_regions(fold_digits(forms))
    found = without_overlaps(value for value in _candidates(folded, kind) if value and value.kind == kind)
    whole = [value for value in found if is_whole(value, text)]
    return _noted(whole[0], forms, folded) if whole else None


def _candidates(text, kind):
    if kind == "date":
        return find_dates(text, labelled=True)
    if kind == "money":
        return [parse_amount(text)]
    if kind == "number":
        return [_number(text)]
    finder = {"time": find_times, "quantity": find_quantities, "address": find_addresses, "location": find_addresses}
    return finder[kind](text)


def _number(text):
    stripped = text.strip()
    minus = stripped[:1] in ("-", "△", "▲")
    parsed = parse_numeral(stripped[1:] if minus else stripped)
    if parsed is None:
        return None
    number, notes = parsed
    start = len(text) - len(text.lstrip())
    return Value("number", start, start + len(stripped), plain(-number if minus and number else number), number is not None, notes=notes)


def _noted(value, forms, folded):
    stretch = slice(value.start, value.end)
    return value if forms[stretch] == folded[stretch] else value._replace(notes=(*value.notes, "look_alike"))
