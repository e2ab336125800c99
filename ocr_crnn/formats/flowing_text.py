"""Lines as they are printed → text as it is written: lines of a paragraph joined, what they end with looked at."""

import re

# A new line that begins with one of these goes on with the word of the line before: they stand alone in no text. A few that do are left
# out: 이, 그, 저, 한, 할, 수, 및, 등.
_ENDING = re.compile(
    "(?:은|는|을|를|의|에|와|과|로|도|만|으로|로서|로써|으로서|으로써|에서|에게|에는|에도|까지|부터|마다|라도|라는|라고|이라|이라고|이라는|이며|이고"
    "|하여|하고|하며|하는|하다|한다|합니다|하지|하기|하여야|하였다|된다|되는|되어|되며|됩니다|있다|였다|었다|았다|니다|습니다|시오|십시오)(?![가-힣])"
)
_MARKS = ".,)]}」』〉》”’%"


def join_lines(lines):
    """Texts of the lines of one paragraph → the paragraph.

    Printed Korean breaks between any two syllables, and nothing shows whether a space stood there: one is set, unless the next line begins
    with what only follows a word, such as 을 or 합니다, or with a closing mark. Latin words that are hyphenated keep their hyphen.
    """
    joined = ""
    for line in filter(None, (line.strip() for line in lines)):
        joined += line if not joined or goes_on(joined, line) else f" {line}"
    return joined


def goes_on(before, after):
    """True if a line begins within the word that the line before it ends with."""
    if after[0] in _MARKS or before[-1] in "([{「『〈《“‘":
        return True
    if (
        before[-1] == "-"
        and len(before) > 1
        and before[-2].isascii()
        and before[-2].isalpha()
        and after[0].isascii()
        and after[0].isalpha()
    ):
        return True
    return "가" <= before[-1] <= "힣" and bool(_ENDING.match(after))
