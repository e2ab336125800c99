"""0 or O, 1 or l, comma or full stop: settled where a line that is read already shows a field of documents, and nowhere else.

The rule, for each place where a stretch of a line may begin:

1. Each character may stay or become one that prints alike (`LOOK_ALIKES`), nothing is added or dropped. The longest stretch
   that is a whole field in this way is taken.
2. The stretch stands alone: no Latin letter, digit, or joint (- / _ @ and . , within a number) touches it.
3. It is a field beyond doubt: four of its characters or more were read as digits, twice as many digits were read as other
   characters become digits, and it has more than digits and a decimal point in it: 2O24 stays, so does 7.262s; 2O24.01.31 does not.
4. A stretch that begins with a field as it was read is left alone, and so is one where no letter or stroke becomes a digit:
   joints alone prove nothing, (16, 10, 10) is no date. They change along with a letter only: 1.O00.000원.

Among the texts that a stretch can become, the one with the largest sum of logits wins, each at its largest within the frames
of the character. The new characters' scores are the network's own, so a reader sees how unsure they were.
"""

import string

import numpy as np

from ocr_crnn.decoding.grammar import FIELDS, advance, begin, is_final
from ocr_crnn.decoding.greedy import decode_greedy
from ocr_crnn.decoding.line import DecodedLine, check_logits, score_characters

# Groups of characters that print alike. No ○ or ● beside 0: they mask the digits of persons.
LOOK_ALIKES = ("0OoQD", "1lI|ㅣ", "2Zz", "5Ss", "6b", "8B", "9gq", ",，、.．·", "-–—―−ㅡ－", "/／", "(（", ")）", "₩￦W")
_GROUP_OF = {character: group for group in LOOK_ALIKES for character in group}
_DIGITS = frozenset(string.digits)
_WORD = frozenset(string.ascii_letters + string.digits)
_JOINTS, _POINTS = frozenset("-–/_@"), frozenset(".,")
_LEAST_DIGITS = 4


def decode_with_fields(logits, frame_counts=None, *, alphabet, decode=decode_greedy, fields=tuple(FIELDS)):
    """Decode, then settle the look-alikes of fields: `CTCCodec(alphabet, search=partial(decode_with_fields, alphabet=alphabet))`.

    logits: `(lines, time, classes)`, blank last. decode: `(logits, frame_counts) -> list of DecodedLine`, such as
    `decode_beams` with a language model bound. fields: names of FIELDS or patterns.
    """
    return settle_look_alikes(decode(logits, frame_counts), logits, alphabet, fields)


def settle_look_alikes(lines, logits, alphabet, fields=tuple(FIELDS)):
    """Lines whose fields are as fields are written, by the rule above; lines without such a stretch are returned as they are.

    lines: a list of DecodedLine, with the logits `(lines, time, classes)` that they were decoded from.
    """
    logits, _ = check_logits(logits, None)
    begins = [begin(field) for field in fields]
    return [_settle(line, number, logits, alphabet, begins) for number, line in enumerate(lines)]


def _settle(line, number, logits, alphabet, begins):
    text = [alphabet.characters[i] for i in line.ids]
    if sum(character in _DIGITS for character in text) < _LEAST_DIGITS:
        return line
    settled, start = list(text), 0
    options = [_options(i, span, logits[number], alphabet) for i, span in zip(line.ids, line.spans, strict=True)]
    while start < len(text):
        stretch = _find_field(text, options, start, begins) if _parted_before(text, start) else None
        if stretch:
            settled[start : start + len(stretch)] = stretch
        start += len(stretch) if stretch else 1
    changed = np.flatnonzero([before != after for before, after in zip(text, settled, strict=True)])
    if not len(changed):
        return line
    ids, scores = line.ids.copy(), line.scores.copy()
    ids[changed] = alphabet.encode("".join(settled[i] for i in changed))
    frames = np.array([_surest_frame(logits[number], ids[i], line.spans[i]) for i in changed])
    scores[changed] = score_characters(logits, np.full(len(changed), number), frames, ids[changed])
    return DecodedLine(ids, scores, line.spans)


def _surest_frame(frames, character_id, span):
    return span[0] + int(frames[span[0] : span[1], character_id].argmax())


def _options(character_id, span, frames, alphabet):
    """[(character, largest logit within its span)] of a character as read and those that print alike."""
    read = alphabet.characters[character_id]
    alike = [c for c in _GROUP_OF.get(read, read) if alphabet.covers(c)]
    peaks = frames[span[0] : span[1]][:, alphabet.encode("".join(alike))].max(axis=0)  # (characters,)
    return list(zip(alike, peaks.tolist(), strict=True))


def _find_field(text, options, start, begins):
    """The longest stretch from `start` that is a field, as it is to be written; as it was read if that begins with a field; or None."""
    found = None
    as_read, reached = set(begins), dict.fromkeys(begins, (0.0, ""))
    for place in range(start, len(text)):
        following = {}
        for state, (score, written) in reached.items():
            for character, logit in options[place]:
                after = advance(state, character)
                if after and (after not in following or score + logit > following[after][0]):
                    following[after] = score + logit, written + character
        reached, as_read = following, {advance(state, text[place]) for state in as_read}
        if not reached:
            break
        if _parted_after(text, place):
            read = text[start : place + 1]
            if any(map(is_final, as_read)) and _beyond_doubt(read, read):
                return read
            whole = [ending for state, ending in reached.items() if is_final(state)]
            if whole and _becoming_digits(read, max(whole)[1]) and _beyond_doubt(read, max(whole)[1]):
                found = list(max(whole)[1])
    return found


def _beyond_doubt(read, written):
    """Rule 3."""
    digits = sum(character in _DIGITS for character in read)
    plain = _DIGITS.issuperset("".join(written).replace(".", "", 1))
    return digits >= max(_LEAST_DIGITS, 2 * _becoming_digits(read, written)) and not plain


def _becoming_digits(read, written):
    return sum(after in _DIGITS and before not in _DIGITS for before, after in zip(read, written, strict=True))


def _parted_before(text, place):
    return place == 0 or (text[place - 1] not in _WORD and text[place - 1] not in _JOINTS | _POINTS)


def _parted_after(text, place):
    following = text[place + 1 : place + 3]
    if not following:
        return True
    if following[0] in _POINTS:
        return len(following) < 2 or following[1] not in _WORD
    return following[0] not in _WORD and following[0] not in _JOINTS
