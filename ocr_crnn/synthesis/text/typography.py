"""What typists and word processors do to a text before it is printed: quotation marks, item marks, boxes, spread titles."""

import re

from ocr_crnn.synthesis.text.fields import choose, numbering

# Characters whose print nobody tells apart, as the one that documents mean. A reader taught both guesses.
_PRINTED_ALIKE = str.maketrans("：；，！？（）％＋－＝／～〜∼￦ㆍ‧・∙⋅", ":;,!?()%+-=/~~~₩·····")
_QUOTES = ("“”", "“”", "‘’", "‘’", "「」", "『』", "〈〉", "《》", '""', "''", "【】", "[]", "()")
_OPENS_AFTER = " ([{<「『“‘/=-–—"
_CURLY = {'"': "“”", "'": "‘’"}
_MARKS = ("•", "•", "·", "-", "-", "※", "○", "●", "□", "■", "◆", "▶", "*", "①", "②", "③", "④", "⑤", "⑥", "⑦", "⑧", "⑨", "⑩")


def fold_alike(text):
    """The text without full-width forms and other twins of common marks: "계약일：" → "계약일:", "급ㆍ간식" → "급·간식"."""
    return text.translate(_PRINTED_ALIKE)


def curl_quotes(text):
    """Straight quotation marks as word processors set them: `"it's"` → `“it’s”`."""
    curled = list(text)
    for i, character in enumerate(text):
        if character in _CURLY:
            curled[i] = _CURLY[character][i > 0 and text[i - 1] not in _OPENS_AFTER]
    return "".join(curled)


def quote_words(rng, text):
    """One to three words of the text within quotation marks or brackets; a particle may follow the closing one."""
    words = text.split(" ")
    start = int(rng.integers(len(words)))
    stop = min(start + int(rng.integers(1, 4)), len(words))
    before, quoted = words[:start], " ".join(words[start:stop])
    opening, closing = choose(rng, _QUOTES)
    tail = re.search(r"(을|를|이|가|은|는|의|에|로|으로|라|이라|과|와)$", quoted)
    cut = tail.start() if tail and tail.start() >= 2 else len(quoted)
    return " ".join([*before, opening + quoted[:cut] + closing + quoted[cut:], *words[stop:]])


def begin_item(rng, text):
    """The text behind the mark or number of a list item, with a space between or none: "① 을은", "•주소"."""
    mark = choose(rng, _MARKS) if rng.random() < 0.6 else numbering(rng)
    return f"{mark}{' ' if rng.random() < 0.75 else ''}{text}"


def spread_title(text):
    """A word of 2 to 8 syllables with a space typed between any two, as titles and labels of forms are: "계 약 서", "구 분"."""
    return " ".join(text) if 2 <= len(text) <= 8 and all("가" <= character <= "힣" for character in text) else text
