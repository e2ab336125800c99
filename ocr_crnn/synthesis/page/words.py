"""Words for pages: running text from the corpus, field values from `fields`, and what only cells hold (counts, marks, digits)."""

from ocr_crnn.synthesis.text import fields, templates, vocabulary
from ocr_crnn.synthesis.text.marks import mark


class Words:
    """Draws the texts of one page.

    corpus: sentences, as from `read_corpus`. Running text follows the corpus from one sentence to the next, so that a paragraph reads
    like one.
    """

    def __init__(self, rng, corpus):
        if len(corpus) == 0:
            raise ValueError("Pages need sentences to be filled with. Received: an empty corpus. Read one with read_corpus.")
        self.rng, self.corpus = rng, corpus
        self.position = int(rng.integers(len(corpus)))
        self.formal = (0.0, 0.2, 0.6)[rng.integers(3)]  # how much of the page is worded like a contract

    def __call__(self, field):
        """A value for a field: a key of FIELDS."""
        return FIELDS[field](self)

    def sentence(self, longest=400):
        """The next sentence of the corpus, now and then a line of a business document; a long one is cut at a space."""
        if self.rng.random() < self.formal:
            return templates.draw_clause(self.rng)[:longest]
        if self.rng.random() < 0.1:
            self.position = int(self.rng.integers(len(self.corpus)))
        self.position = (self.position + 1) % len(self.corpus)
        text = " ".join(self.corpus[self.position].split())
        return text if len(text) <= longest else text[:longest].rsplit(" ", 1)[0]

    def prose(self, sentences):
        """Several sentences."""
        return " ".join(self.sentence() for _ in range(sentences))

    def item_text(self):
        """The text of a list item: a label with its value, a phrase, a line of some document, or a sentence."""
        kind = self.rng.random()
        if kind < 0.15:
            return templates.draw_labelled_value(self.rng)
        if kind < 0.25:
            return templates.draw_phrase(self.rng)
        return templates.draw_document_line(self.rng) if kind < 0.5 else self.sentence(160)

    def short(self, longest=4):
        """A phrase of one to `longest` words."""
        if self.rng.random() < 0.5:
            return templates.draw_phrase(self.rng)[:24]
        words = self.sentence().split(" ")
        count = min(int(self.rng.integers(1, longest + 1)), len(words))
        start = int(self.rng.integers(len(words) - count + 1))
        return " ".join(words[start : start + count])[:24].strip(" ,.") or "비고"


def _number(words):
    return f"{int(10 ** words.rng.uniform(0.5, 8)):,}" if words.rng.random() < 0.5 else f"{fields.amount(words.rng):,}"


def _mark(words):
    return fields.choose(words.rng, ("○", "×", "V", "", "", "-", "1", "O", "√", "●"))


def _amount_words(words):
    return mark("MONEY", fields.in_words(fields.amount(words.rng)) + fields.choose(words.rng, ("원", "원정", " 원정")))


def _drawn(draw):
    return lambda words: draw(words.rng)


def _chosen(values):
    return lambda words: fields.choose(words.rng, values)


FIELDS = {
    "person": _drawn(fields.person),
    "company": _drawn(fields.company),
    "organisation": _drawn(fields.organisation),
    "address": _drawn(fields.address),
    "phone": _drawn(fields.phone),
    "email": _drawn(fields.email),
    "url": _drawn(fields.url),
    "date": _drawn(fields.date),
    "period": _drawn(fields.period),
    "time": _drawn(fields.time),
    "amount": _drawn(fields.amount_text),
    "amount_words": _amount_words,
    "quantity": _drawn(fields.quantity),
    "percent": _drawn(fields.percent),
    "business_number": _drawn(fields.business_number),
    "resident_number": _drawn(fields.resident_number),
    "card_number": _drawn(fields.card_number),
    "account": _drawn(fields.account),
    "code": _drawn(fields.code),
    "bank": _drawn(fields.bank),
    "department": _chosen(vocabulary.DEPARTMENTS),
    "position": _chosen(vocabulary.POSITIONS),
    "item": _chosen(vocabulary.GOODS),
    "number": _number,
    "price": lambda words: mark("MONEY", _number(words)),
    "digit": lambda words: fields.digits(words.rng, 1),
    "count": lambda words: str(fields.number(words.rng, 1, 31)),
    "mark": _mark,
    "cell": _drawn(templates.draw_cell),
    "check": _drawn(templates.draw_check_line),
    "blank": lambda words: words.short(2) if words.rng.random() < 0.15 else "",
    "short": lambda words: words.short(),
    "sentence": lambda words: words.sentence(90),
}
