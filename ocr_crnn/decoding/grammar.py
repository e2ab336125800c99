"""Fields of documents as small automata: an amount has no letter O, a date no month 13.

A field is a pattern, a tuple of what comes one after the other: a string, any one of whose characters may stand there; a
`Choice` of patterns; a `Repeat` of a pattern. An automaton's state is the set of patterns that may still follow: the partial
derivatives of V. Antimirov, "Partial derivatives of regular expressions and finite automaton constructions", 1996.

`FieldGrammar` holds a beam search to one field, for an image that is known to show it; for lines of which nothing is known
see decoding/look_alikes.py.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np


class Choice(NamedTuple):
    """One of several patterns; `()` among them makes the others optional."""

    patterns: tuple


class Repeat(NamedTuple):
    """A pattern any number of times, or not at all."""

    pattern: tuple


def _optional(*pattern):
    return Choice((pattern, ()))


def _literal(text):
    return tuple(text)


_DIGIT = "0123456789"
_SPACE = _optional(" ")
_MONTH = Choice(((_optional("0"), "123456789"), ("1", "012")))
_DAY = Choice(((_optional("0"), "123456789"), ("12", _DIGIT), ("3", "01")))
_TWO_DIGIT_MONTH, _TWO_DIGIT_DAY = Choice((("0", "123456789"), ("1", "012"))), Choice((("0", "123456789"), ("12", _DIGIT), ("3", "01")))
_YEAR = Choice((("12", _DIGIT, _DIGIT, _DIGIT), (_optional("'‘’"), _DIGIT, _DIGIT)))
_WEEKDAY = _optional(_SPACE, "(", "월화수목금토일", ")")
_DATES = (
    (_YEAR, _SPACE, "년", _SPACE, _MONTH, _SPACE, "월", _optional(_SPACE, _DAY, _SPACE, "일"), _WEEKDAY),
    (_YEAR, ".", _SPACE, _MONTH, ".", _SPACE, _DAY, _optional("."), _WEEKDAY),
    *((_YEAR, dash, _TWO_DIGIT_MONTH, dash, _TWO_DIGIT_DAY, _WEEKDAY) for dash in "-/"),
)
_GROUPED = ("123456789", _optional(_DIGIT, _optional(_DIGIT)), Repeat((",", _DIGIT, _DIGIT, _DIGIT)))
_UNGROUPED = (_DIGIT, Repeat((_DIGIT,)))
_WON = (_SPACE, Choice(((), ("천",), ("만",), _literal("백만"), ("억",))), "원", _optional("정"))
_EXCHANGE = (_DIGIT, _DIGIT, _DIGIT, _optional(_DIGIT))
_LAST_FOUR = (_DIGIT,) * 4
_AREA = Choice((("0", "2"), ("0", "3456", "12345"), ("0", "1", "016789"), ("0", "57", "0"), ("0", "8", "0")))
_AREA_ABROAD = Choice((("2",), ("3456", "12345"), ("1", "016789"), ("57", "0")))

# Name → pattern. Numbers of persons and companies are taken by their form; a wrong check digit is not corrected.
FIELDS = {
    "amount": (
        _optional(Choice(((_optional("일"), "금"), ("₩￦\\$€¥",))), _SPACE),
        _optional("-△▲"),
        Choice((_GROUPED, _UNGROUPED)),
        # 1.000원 is no amount of won but a comma misread; 1.000 alone may be any number.
        Choice(((_optional(".", _DIGIT, _optional(_DIGIT)), *_WON), (_optional(".", _DIGIT, Repeat((_DIGIT,))),))),
        _optional("-"),
    ),
    "date": (Choice(_DATES),),
    "phone": (
        Choice(
            (
                *((_AREA, joint, *_EXCHANGE, joint, *_LAST_FOUR) for joint in "-. "),
                (_optional("("), _AREA, ")", _SPACE, *_EXCHANGE, "-", *_LAST_FOUR),
                (*_literal("+82"), "- ", _AREA_ABROAD, "-", *_EXCHANGE, "-", *_LAST_FOUR),
                ("1", "568", _DIGIT, _DIGIT, "-", *_LAST_FOUR),
            )
        ),
    ),
    "resident_number": (*(_DIGIT,) * 6, "-", "0123456789", Choice(((_DIGIT,) * 6, *((masked,) * 6 for masked in "*X●")))),
    "business_number": (*(_DIGIT,) * 3, "-", *(_DIGIT,) * 2, "-", *(_DIGIT,) * 5),
}


def begin(field):
    """The state of an automaton before the first character. field: a name of FIELDS or a pattern."""
    if isinstance(field, str) and field not in FIELDS:
        raise ValueError(f"A field is one of {', '.join(FIELDS)}, or a pattern. Received: {field!r}. Name one, or write its pattern.")
    return frozenset([FIELDS[field] if isinstance(field, str) else tuple(field)])


@lru_cache(maxsize=100_000)
def advance(state, character):
    """The state after one more character; empty where the character cannot stand."""
    return frozenset(rest for pattern in state for rest in _derive(pattern, character))


@lru_cache(maxsize=100_000)
def is_final(state):
    """Whether the text so far is a whole field."""
    return any(_may_be_empty(pattern) for pattern in state)


def accepts(field, text):
    """Whether the text is a whole field: `accepts("amount", "1,000원")`, but not "1,O00원" nor "1,000,"."""
    state = begin(field)
    for character in text:
        state = advance(state, character)
    return is_final(state)


def _derive(pattern, character):
    """What may follow in a pattern after one character, pattern by pattern."""
    if not pattern:
        return
    first, rest = pattern[0], pattern[1:]
    if isinstance(first, Choice):
        for choice in first.patterns:
            yield from _derive(choice + rest, character)
    elif isinstance(first, Repeat):
        yield from _derive(rest, character)
        for following in _derive(first.pattern, character):
            yield (*following, first, *rest)
    elif character in first:
        yield rest


def _may_be_empty(pattern):
    choices = [part.patterns for part in pattern if isinstance(part, Choice)]
    consumes = any(isinstance(part, str) for part in pattern)
    return not consumes and all(any(map(_may_be_empty, patterns)) for patterns in choices)


class FieldGrammar:
    """A `language_model` of `decode_beams` that forbids what cannot stand in a field; another may judge what can.

    field: a name of FIELDS or a pattern. language_model: judges the characters that are allowed; without one all are equal.
    Give the search a `top_k` of 30 or so: what the field needs has to be among the classes of a frame. A text may still stop
    short of a whole field: `accepts(field, text)` tells.
    """

    def __init__(self, field, alphabet, language_model=None):
        self.alphabet, self.language_model = alphabet, language_model
        self._begin = begin(field)

    def __call__(self, prefixes, candidates):
        candidates = np.asarray(candidates)
        characters = self.alphabet.characters
        allowed = np.array(
            [
                [bool(advance(state, characters[i])) for i in row]
                for state, row in zip(map(self._state, prefixes), candidates.tolist(), strict=True)
            ],
            bool,
        ).reshape(candidates.shape)
        judged = 0.0 if self.language_model is None else self.language_model(prefixes, candidates)
        return np.where(allowed, judged, -np.inf)

    def _state(self, prefix):
        state = self._begin
        for i in prefix:
            state = advance(state, self.alphabet.characters[i])
        return state
