"""PARSeq's decoder: one layer that writes a text in any order, step by step or all at once, and reads its own answer again.

Bautista and Atienza, "Scene Text Recognition with Permuted Autoregressive Sequence Models", 2022. In an image's memory `(batch, tokens,
units)` it looks for the characters; several decoders may stand in one network, each over a memory of its own.
"""

from functools import partial

import keras
from keras import ops

from ocr_crnn.layers.heads import FlatHead
from ocr_crnn.layers.masking import hiding
from ocr_crnn.layers.sequence import each_frame
from ocr_crnn.layers.vision_transformer import SMALL_NORMAL


@keras.saving.register_keras_serializable(package="ocr_crnn")
class QueryAttention(keras.layers.Layer):
    """Multi-head attention of queries to others' keys and values, which are computed once and may be asked again.

    Call arguments: queries `(batch, steps, units)`; keys, values of `look_at`; allowed, bool that broadcasts to `(batch, orders, steps,
    keys)`. Returns `(batch, orders · steps, units)`: the queries are the same for every order, so their products with the keys are too;
    and the weights `(batch, heads, orders · steps, keys)`. kernel_initializer: a name or a dict, of which each product makes its own.
    """

    def __init__(self, num_heads, kernel_initializer=SMALL_NORMAL, **kwargs):
        super().__init__(**kwargs)
        self.num_heads, self.kernel_initializer = num_heads, kernel_initializer

    def build(self, input_shape):
        units = input_shape[-1]
        if units % self.num_heads:
            raise ValueError(f"Units divide by the number of heads. Received: units={units}, num_heads={self.num_heads}.")
        shared = {"kernel_initializer": self.kernel_initializer, "dtype": self.dtype_policy}
        self.query = keras.layers.Dense(units, name="query", **shared)
        self.key_value = keras.layers.Dense(2 * units, name="key_value", **shared)
        self.output_projection = keras.layers.Dense(units, name="output_projection", **shared)
        for layer in (self.query, self.key_value, self.output_projection):
            layer.build(input_shape)

    def look_at(self, x):
        """`(batch, keys, units)` → keys and values, `(batch, heads, keys, depth)` each."""
        return [self._split(y) for y in ops.split(each_frame(self.key_value, x), 2, axis=-1)]

    def _split(self, x):
        batch, steps, units = ops.shape(x)
        return ops.transpose(ops.reshape(x, (batch, steps, self.num_heads, units // self.num_heads)), (0, 2, 1, 3))

    def call(self, queries, keys, values, allowed, drop=lambda x: x):
        units = queries.shape[-1]
        query = self._split(each_frame(self.query, queries)) * (units // self.num_heads) ** -0.5
        scores = ops.matmul(query, ops.transpose(keys, (0, 1, 3, 2)))  # (batch, heads, steps, keys)
        hidden = ops.cast(-hiding(scores.dtype), scores.dtype)
        scores = ops.where(allowed[:, None], scores[:, :, None], hidden)  # (batch, heads, orders, steps, keys)
        batch, heads, orders, steps, count = ops.shape(scores)
        weights = ops.reshape(ops.softmax(scores, axis=-1), (batch, heads, orders * steps, count))
        y = ops.transpose(ops.matmul(drop(weights), values), (0, 2, 1, 3))  # (batch, orders · steps, heads, depth)
        return each_frame(self.output_projection, ops.reshape(y, (batch, orders * steps, units))), weights

    def get_config(self):
        return {**super().get_config(), "num_heads": self.num_heads, "kernel_initializer": self.kernel_initializer}


@keras.saving.register_keras_serializable(package="ocr_crnn")
class PermutedDecoder(keras.layers.Layer):
    """Two-stream decoder of one layer. What has been written is the content stream, what is to be written the query stream.

    The query of a step is a learnt place alone. The content of a step is the character before it and the place of that, or begin without
    a place; in one layer nothing changes it, so its keys and values are computed once and kept: a further step costs one query.

        x = q + attention(norm(q), norm(content))
        x = x + attention(norm(x), memory)
        x = x + feed-forward(norm(x)),   logits = head(norm(x))

    num_classes: the characters and, last, the end; begin and padding follow them as symbols (AttentionCodec). positions: of characters;
    there is a step more, for the end. dropout: as published, of contents and queries, weights, and what each of the three adds; one
    deviation: contents and queries are dropped alike in all orders of a batch.
    """

    def __init__(self, num_classes, positions=25, num_heads=12, expansion=4, dropout=0.1, **kwargs):
        super().__init__(**kwargs)
        self.num_classes, self.positions, self.num_heads = num_classes, positions, num_heads
        self.expansion, self.dropout = expansion, dropout
        self.steps = positions + 1
        self.end, self.begin, self.padding = num_classes - 1, num_classes, num_classes + 1

    def build(self, memory_shape):
        units, policy = memory_shape[-1], self.dtype_policy
        self.embedding = self.add_weight(name="embedding", shape=(self.num_classes + 2, units), initializer=SMALL_NORMAL)
        self.places = self.add_weight(name="places", shape=(self.steps, units), initializer=SMALL_NORMAL)
        norm = lambda name: keras.layers.LayerNormalization(epsilon=1e-5, name=name, dtype=policy)  # noqa: E731
        self.norm_query, self.norm_content, self.norm_memory, self.norm_feed, self.norm = (
            norm(f"norm{of}") for of in ("_query", "_content", "_memory", "_feed", "")
        )
        self.read = QueryAttention(self.num_heads, name="read", dtype=policy)
        self.look = QueryAttention(self.num_heads, name="look", dtype=policy)
        shared = {"kernel_initializer": SMALL_NORMAL, "dtype": policy}
        self.expand = keras.layers.Dense(self.expansion * units, "gelu", name="expand", **shared)
        self.reduce = keras.layers.Dense(units, name="reduce", **shared)
        self.head = FlatHead(self.num_classes, name="head", dtype=policy)
        shape = (None, None, units)
        for layer in (self.norm_query, self.norm_content, self.norm_memory, self.norm_feed, self.norm, self.read, self.look, self.expand):
            layer.build(shape)
        self.reduce.build((None, None, self.expansion * units))
        self.head.build(shape)
        if self.dropout:
            self.seeds = keras.random.SeedGenerator(name="seed_generator")

    def see(self, memory, real):
        """What a memory `(batch, tokens, units)` shows to all that follows: its keys and values, and where it is real `(batch, tokens)`."""
        return (*self.look.look_at(memory), ops.cast(real, "bool")[:, None, None])

    def call(self, memory, real, label, ranks, classes=None, training=None):
        """Training: the text is known, and each order sees of it what it has written before.

        memory, real: as of `see`. label int `(batch, steps)`: begin, the characters, padding. ranks int `(orders, steps + 1)`: when each
        place is written. classes: int vector, a sample of the classes; None for all. Steps beyond those of the decoder are cut off.
        → logits `(batch, orders, steps, classes)`.
        """
        drop = partial(keras.random.dropout, rate=self.dropout, seed=self.seeds) if training and self.dropout else _keep
        label = label[:, : self.steps]
        batch, steps = ops.shape(label)
        allowed = ops.logical_and(written_before(ranks, steps)[None], (label != self.padding)[:, None, None])
        x, _ = self._answer(self._queries(batch, steps, drop), self._contents(label, drop), allowed, self.see(memory, real), drop)
        logits = self.head(x, classes)
        return ops.reshape(logits, (batch, ops.shape(ranks)[0], steps, ops.shape(logits)[-1]))

    def write(self, seen):
        """Write from left to right, each step seeing what is written: ids `(batch, steps)`, the end behind the last end of the batch."""
        batch, heads, _, depth = ops.shape(seen[0])
        steps, places = ops.arange(self.steps), self._table(self.places)
        kept = ops.zeros((batch, heads, self.steps, depth), seen[0].dtype)
        behind = self._places_behind()

        def write_one(step, last, written, keys, values, going):
            content = self._embed(last[:, None]) + behind[step]
            here = (steps == step)[None, None, :, None]
            keys, values = (
                ops.where(here, new, old) for new, old in zip(self.read.look_at(self.norm_content(content)), (keys, values), strict=True)
            )
            query = ops.broadcast_to(places[step], ops.shape(content))
            x, _ = self._answer(query, (keys, values), (steps <= step)[None, None, None], seen, _keep)
            last = surest(self.head(x)[:, 0])
            written = ops.where((steps == step)[None], last[:, None], written)
            return step + 1, last, written, keys, values, ops.logical_and(going, last != self.end)

        start = (0, ops.full((batch,), self.begin, "int32"), ops.full((batch, self.steps), self.end, "int32"), kept, kept)
        start = (ops.convert_to_tensor(start[0], "int32"), *start[1:], ops.ones((batch,), "bool"))
        loop = ops.while_loop(lambda *state: ops.any(state[-1]), write_one, start, maximum_iterations=self.steps)
        return loop[2]

    def write_at_once(self, seen):
        """All steps at once, each seeing begin alone: as `reread`."""
        begins = ops.full((ops.shape(seen[0])[0], 2), self.begin, "int32")  # Keras warns of a softmax over one
        return self._all_steps(begins, ops.convert_to_tensor([[[[True, False]]]]), seen)

    def reread(self, seen, written, cloze=True):
        """Read what is written, ids `(batch, steps)`, again.

        Each step sees all characters but its own, up to the first end; without cloze, those before it alone, whatever they are.
        → logits `(batch, steps, classes)` and the weights of the attention to the memory, the mean of all heads, `(batch, steps, tokens)`.
        """
        steps = ops.arange(self.steps)
        begin = ops.full((ops.shape(written)[0], 1), self.begin, "int32")
        label = ops.concatenate([begin, ops.cast(written, "int32")[:, :-1]], axis=1)
        if cloze:
            shown = ops.cumsum(ops.cast(label == self.end, "int32"), axis=1) == 0
            allowed = ops.logical_and((steps[None] != steps[:, None] + 1)[None, None], shown[:, None, None])
        else:
            allowed = (steps[None] <= steps[:, None])[None, None]
        return self._all_steps(label, allowed, seen)

    def _all_steps(self, label, allowed, seen):
        queries = self._queries(ops.shape(label)[0], self.steps, _keep)
        x, weights = self._answer(queries, self._contents(label, _keep), allowed, seen, _keep)
        return self.head(x), ops.mean(weights, axis=1)

    def _answer(self, queries, contents, allowed, seen, drop):
        """Queries `(batch, steps, units)` → what the head is given, `(batch, orders · steps, units)`, and the weights of `look`."""
        y, _ = self.read(self.norm_query(queries), *contents, allowed, drop=drop)
        x = ops.reshape(drop(y), (ops.shape(y)[0], -1, *ops.shape(queries)[1:])) + queries[:, None]
        x = ops.reshape(x, ops.shape(y))
        keys, values, real = seen
        y, weights = self.look(self.norm_memory(x), keys, values, real, drop=drop)
        x = x + drop(y)
        y = each_frame(self.reduce, drop(each_frame(self.expand, self.norm_feed(x))))
        return self.norm(x + drop(y)), weights

    def _contents(self, label, drop):
        """Keys and values of begin and characters, int `(batch, steps)`."""
        content = self._embed(label) + self._places_behind()[: ops.shape(label)[1]]
        return self.read.look_at(self.norm_content(drop(content)))

    def _queries(self, batch, steps, drop):
        places = self._table(self.places)[:steps]
        return drop(ops.broadcast_to(places, (batch, steps, places.shape[-1])))

    def _places_behind(self):
        """The place that a content brings at each step: that of the character before; none for begin."""
        places = self._table(self.places)
        return ops.concatenate([ops.zeros_like(places[:1]), places[:-1]])

    def _embed(self, label):
        return ops.take(self._table(self.embedding), label, axis=0) * self.embedding.shape[-1] ** 0.5

    def _table(self, variable):
        return ops.cast(variable, self.compute_dtype)

    def get_config(self):
        config = {"num_classes": self.num_classes, "positions": self.positions, "num_heads": self.num_heads}
        return {**super().get_config(), **config, "expansion": self.expansion, "dropout": self.dropout}


def surest(logits):
    """The largest class of each row, int32. `ops.argmax` of Keras compares bits, for zeros have signs, and LiteRT has no such operation."""
    return ops.cast(ops.top_k(logits, 1)[1][..., 0], "int32")


def written_before(ranks, steps):
    """Which contents each step sees, in each order: bool `(orders, steps, contents)`. ranks int `(orders, at least steps + 1)`.

    Step i writes place i + 1, and content j is place j: begin, then the characters.
    """
    return ranks[:, None, :steps] < ranks[:, 1 : steps + 1, None]


def centres_along(weights, rows):
    """The centre of mass along a line, in patches, of weights `(batch, steps, patches)`, whose patches go down columns of `rows`."""
    columns = ops.cast(ops.arange(ops.shape(weights)[-1]) // rows, weights.dtype) + 0.5
    return ops.sum(weights * columns, axis=-1) / ops.maximum(ops.sum(weights, axis=-1), 1e-6)


def _keep(x):
    return x
