"""A character n-gram model: how probable a character is after those before it. Trained from text in seconds, for beam search.

Interpolated modified Kneser–Ney smoothing: S. F. Chen, J. Goodman, "An Empirical Study of Smoothing Techniques for Language
Modeling", 1998, section 3 and equations (26), (27). Three things differ, for the sake of lines cut from documents:

- A text has no beginning and no end. A line of a page starts anywhere in a sentence, so its first characters are judged by
  the shorter n-grams alone.
- All ten digits are one character, shared evenly. A corpus knows where digits stand, never which amount is on this page.
- The last resort is not the vocabulary of the corpus but the alphabet, evenly: no character is ever impossible.
"""

import unicodedata
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ocr_crnn.files import replacing_file
from ocr_crnn.untrusted.npz import open_npz

_SCHEMA = "ocr_crnn/ngrams/1"
MOST_ORDER = 16
_DIGITS = "0123456789"
_FOLD_DIGITS = str.maketrans(_DIGITS, "0" * 10)
_LEAST_BACKOFF = 1e-6  # of every context, so that rounded probabilities leave something for what was never seen


class NGrams(NamedTuple):
    """What a corpus says, whatever the alphabet.

    characters: sorted, every digit as "0"; number i + 1 is `characters[i]`, number 0 stands before a text.
    keys: for n = 1, 2, …, order the n-grams, sorted int64: numbers as digits to the base `len(characters) + 1`, last
        character last. log_shares: float16 of like length, log of what the n-gram has by itself, (count − discount) ÷ count
        of the context. The rest of a context belongs to its shorter n-grams.
    """

    characters: str
    keys: list
    log_shares: list

    @property
    def order(self):
        return len(self.keys)

    def save(self, path):
        """Write a .npz file whole: differences of sorted keys, which compress to about 3 bytes an n-gram."""
        arrays = {"schema": np.array(_SCHEMA), "characters": np.array([ord(c) for c in self.characters], np.int32)}
        for n, (keys, shares) in enumerate(zip(self.keys, self.log_shares, strict=True), 1):
            arrays[f"keys_{n}"], arrays[f"log_shares_{n}"] = np.diff(keys, prepend=np.int64(0)), shares
        with replacing_file(path) as stream:  # a stream: NumPy would add .npz to a name
            np.savez_compressed(stream, **arrays)

    @classmethod
    def load(cls, path):
        """Read what `save` has written, no more than can be looked up. Raises ValueError for any other file, OSError as `open` does."""
        try:
            with open_npz(path) as arrays:
                return cls(*_read_ngrams(arrays))
        except ValueError as error:
            raise ValueError(
                f"A language model is a file of {_SCHEMA}. Received: {path}: {error} Write it: ocr-crnn language-model --corpus … --out …"
            ) from None


def _read_ngrams(arrays):
    """Characters, keys and log shares of an open .npz, each held against the rules of NGrams. Raises ValueError."""
    orders = range(1, sum(name.startswith("keys_") for name in arrays.declared) + 1)
    names = ["schema", "characters", *(f"{column}_{n}" for n in orders for column in ("keys", "log_shares"))]
    if set(arrays.declared) != set(names) or not 1 <= len(orders) <= MOST_ORDER:
        raise ValueError(f"the arrays {', '.join(sorted(arrays.declared))[:200]} in place of schema, characters, keys_1, log_shares_1, ….")
    wanted = {"schema": "U", "characters": "i", "keys": "i", "log_shares": "f"}
    for name, declared in arrays.declared.items():
        kind, dimensions = wanted[name.rstrip("0123456789_")], 0 if name == "schema" else 1
        if declared.dtype.kind != kind or len(declared.shape) != dimensions or declared.dtype.itemsize > 400:
            raise ValueError(f"{name} of {declared.dtype} and {len(declared.shape)} dimensions.")
    if str(arrays.read("schema")) != _SCHEMA:
        raise ValueError(f"schema {str(arrays.read('schema'))[:80]}.")
    codes = arrays.read("characters").astype(np.int64)
    if (np.diff(codes, prepend=0) <= 0).any() or codes.max(initial=0) >= 0x110000 or ((codes >= 0xD800) & (codes < 0xE000)).any():
        raise ValueError("characters that are not in the order of their code points, or none.")
    base = len(codes) + 1
    if base ** len(orders) >= 2**63:
        raise ValueError(f"{len(codes):,} characters, whose {len(orders)}-grams have no number below 2^63.")
    keys, log_shares = [], []
    for n in orders:
        steps, shares = arrays.read(f"keys_{n}").astype(np.int64), arrays.read(f"log_shares_{n}")
        if len(steps) != len(shares):
            raise ValueError(f"{len(steps):,} keys_{n} and {len(shares):,} log_shares_{n}.")
        with np.errstate(over="ignore"):
            found = np.cumsum(steps)
        if (steps <= 0).any() or (np.diff(found, prepend=0) <= 0).any() or found.max(initial=0) >= base**n:
            raise ValueError(f"keys_{n} that are not sorted, or of other characters.")
        if not (np.isfinite(shares).all() and shares.max(initial=-1) <= 0):
            raise ValueError(f"log_shares_{n} that are not the logarithms of shares.")
        keys.append(found)
        log_shares.append(shares)
    return "".join(map(chr, codes)), keys, log_shares


def train_ngrams(texts, order=5, min_count=1):
    """Count the n-grams of texts and smooth them; the same texts in any order give the same NGrams.

    texts: an iterable of lines; each is brought to NFC and single spaces. order: characters of the longest n-gram, 1 or more.
    min_count: n-grams of three and more characters seen fewer times are left to the shorter ones; with 2 the file is about a
        third as large and knows a little less. Takes some 100 bytes of
    memory for each character of the texts. Raises ValueError without any text, and for more characters than int64 keys hold
    (6,207 at order 5).
    """
    lines = [" ".join(unicodedata.normalize("NFC", text).translate(_FOLD_DIGITS).split()) for text in texts]
    lines = [line for line in lines if line]
    characters = "".join(sorted(set().union(*lines)))
    base = len(characters) + 1
    if order < 1 or min_count < 1 or not lines or base**order >= 2**63:
        raise ValueError(
            f"N-grams need text, order and min_count of 1 or more, and (characters + 1)^order < 2^63. Received: {len(lines)} lines, "
            f"{len(characters)} characters, order={order}, min_count={min_count}. Name a corpus, or lower the order."
        )
    codes = np.frombuffer("".join("\n" + line for line in lines).encode("utf-32-le"), np.uint32)
    numbers = np.searchsorted([ord(c) for c in characters], codes) + 1
    numbers[codes == ord("\n")] = 0
    seen = [_count_windows(numbers, n, base) for n in range(1, order + 1)]
    keys, log_shares = [], []
    for n, (grams, counts) in enumerate(seen, 1):
        adjusted = counts
        if n < order:  # how many characters it follows, the beginning of a text being one of them
            adjusted = np.zeros(len(grams), np.int64)
            followed, times = np.unique(seen[n][0] % base**n, return_counts=True)
            adjusted[np.searchsorted(grams, followed)] = times
        inside = grams >= base ** (n - 1)  # n-grams at the beginning of a text were needed for the counts only
        grams, counts, adjusted = grams[inside], counts[inside], adjusted[inside]
        shares = _discounted_shares(grams // base, adjusted)
        kept = counts >= (min_count if n > 2 else 1)
        keys.append(grams[kept])
        log_shares.append(np.log(shares[kept]).astype(np.float16))
    return NGrams(characters, keys, log_shares)


def _count_windows(numbers, n, base):
    """Sorted keys and counts of the n-grams within lines; number 0 marks the beginning of a line and stands first or not at all."""
    count = max(0, len(numbers) - n + 1)
    keys, inside = numbers[:count].astype(np.int64), np.ones(count, bool)
    for offset in range(1, n):
        following = numbers[offset : offset + count]
        keys = keys * base + following
        inside &= following > 0
    return np.unique(keys[inside], return_counts=True)


def _discounted_shares(contexts, counts):
    """(count − discount) ÷ count of the context; discounts of n-grams counted once, twice, and more, equation (26)."""
    once, twice, thrice, four_times = (np.count_nonzero(counts == c) for c in (1, 2, 3, 4))
    discounts = np.array([0.5, 1, 1.5])  # for corpora so small that the estimate has nothing to go by
    if once and twice and thrice and four_times:
        y = once / (once + 2 * twice)
        estimate = 1 - 2 * y * twice / once, 2 - 3 * y * thrice / twice, 3 - 4 * y * four_times / thrice
        if all(0 < value < limit for limit, value in enumerate(estimate, 1)):
            discounts = np.array(estimate)
    _, where = np.unique(contexts, return_inverse=True)
    totals = np.bincount(where, counts)
    return (counts - discounts[np.clip(counts, 1, 3) - 1]) / totals[where]


class LanguageModel:
    """Log probabilities of the characters of an alphabet: the `language_model` of `decode_beams`.

    `model(prefixes, candidates)`: prefixes, a list of n tuples of ids; candidates, int `(n, k)` ids; gives float64 `(n, k)`,
    never −inf. The probabilities of all characters of the alphabet after a prefix sum to 1.
    """

    def __init__(self, ngrams, alphabet):
        self.alphabet = alphabet
        self.order = ngrams.order
        self._base = len(ngrams.characters) + 1
        number_of = {character: number for number, character in enumerate(ngrams.characters, 1)}
        folded = alphabet.characters.translate(_FOLD_DIGITS)
        # −1: a character that the corpus lacks. The last place is the blank's, and by index −1 that before a text.
        self._numbers = np.array([number_of.get(c, -1) for c in folded] + [-1], np.int64)
        digits = np.array([c in _DIGITS for c in alphabet.characters] + [False])
        self._parts = np.where(digits, max(1, digits.sum()), 1)  # characters of the alphabet that share a number
        known = np.isin(np.arange(self._base), self._numbers)
        self._levels = [_Level(*level, known, n, self._base) for n, level in enumerate(zip(ngrams.keys, ngrams.log_shares, strict=True))]

    @classmethod
    def load(cls, path, alphabet):
        """Of a file that `NGrams.save` or `ocr-crnn language-model` has written."""
        return cls(NGrams.load(path), alphabet)

    def __call__(self, prefixes, candidates):
        candidates = np.asarray(candidates, np.int64)
        wanted, parts = self._numbers[candidates], self._parts[candidates]  # (n, k)
        probability = np.full(wanted.shape, 1 / len(self.alphabet.characters))
        contexts, usable = np.zeros(len(prefixes), np.int64), np.ones(len(prefixes), bool)
        for n, level in enumerate(self._levels):
            if n > 0:
                before = self._numbers[[prefix[-n] if len(prefix) >= n else -1 for prefix in prefixes]]
                usable &= before > 0
                if not usable.any():
                    break
                contexts = np.where(usable, contexts + before * self._base ** (n - 1), 0)
            share, backoff = level.look_up(contexts, usable, wanted)
            probability = share / parts + backoff[:, None] * probability
        return np.log(probability)

    def log_probability(self, text):
        """Sum over the characters of a text; raises UnknownCharacterError for those outside the alphabet."""
        ids = self.alphabet.encode(text).tolist()
        prefixes = [tuple(ids[max(0, i + 1 - self.order) : i]) for i in range(len(ids))]
        return float(self(prefixes, np.reshape(ids, (-1, 1))).sum()) if ids else 0.0

    @cached_property
    def ngram_counts(self):
        """How many n-grams of each length it holds."""
        return [len(level.keys) for level in self._levels]


class _Level:
    """The n-grams of one length: their shares, and what every context leaves to the shorter ones."""

    def __init__(self, keys, log_shares, known, context_length, base):
        kept, rest = np.ones(len(keys), bool), keys
        for _ in range(context_length + 1):  # n-grams with a character that the alphabet lacks can never be asked for
            kept &= known[rest % base]
            rest = rest // base
        self.keys, self._base = keys[kept], base
        shares = np.exp(log_shares[kept].astype(np.float64))
        self._contexts, where = np.unique(self.keys // base, return_inverse=True)
        sums = np.bincount(where, shares, len(self._contexts))
        backoffs = np.maximum(1 - sums, _LEAST_BACKOFF)
        self._shares, self._backoffs = shares / (sums + backoffs)[where], backoffs / (sums + backoffs)

    def look_up(self, contexts, usable, wanted):
        """contexts int `(n,)`, usable bool `(n,)`, wanted int `(n, k)` → shares `(n, k)` and backoffs `(n,)`; 0 and 1 where unseen."""
        if len(self.keys) == 0:
            return np.zeros(wanted.shape), np.ones(len(contexts))
        place = np.minimum(np.searchsorted(self._contexts, contexts), len(self._contexts) - 1)
        seen = usable & (self._contexts[place] == contexts)
        backoff = np.where(seen, self._backoffs[place], 1.0)
        share = np.zeros(wanted.shape)
        rows = np.flatnonzero(seen)  # the other contexts have no n-gram to look for
        asked = contexts[rows, None] * self._base + wanted[rows]
        place = np.minimum(np.searchsorted(self.keys, asked), len(self.keys) - 1)
        share[rows] = np.where((self.keys[place] == asked) & (wanted[rows] > 0), self._shares[place], 0.0)
        return share, backoff
