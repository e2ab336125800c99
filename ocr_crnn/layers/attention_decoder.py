"""PAN++'s decoder of a text: a starter looks at it as a whole, then an LSTM that looks at it anew at every step writes it.

Wang et al., "PAN++: Towards Efficient and Accurate End-to-End Spotting of Arbitrarily-Shaped Text", 2021, section 3.6, arXiv 2105.00405.
"""

from functools import partial

import keras
from keras import ops

from ocr_crnn.layers.permuted_decoder import QueryAttention, centres_along
from ocr_crnn.layers.positions import sinusoids

# As published. A dict, for an initializer that is shared gives all its tables the same numbers.
NORMAL = {"class_name": "RandomNormal", "config": {"stddev": 1.0}}


@keras.saving.register_keras_serializable(package="ocr_crnn")
class LSTMCell(keras.layers.Layer):
    """One step of an LSTM, for `keras.layers.RNN`: as Keras' own, gates in the order input, forget, cell, output.

    That one holds the seed of a dropout too, whose name differs from process to process, and weights are kept by their names.
    """

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units, self.state_size, self.output_size = units, [units, units], units

    def build(self, input_shape):
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], 4 * self.units), initializer="glorot_uniform")
        self.recurrent = self.add_weight(name="recurrent", shape=(self.units, 4 * self.units), initializer="orthogonal")
        self.bias = self.add_weight(name="bias", shape=(4 * self.units,), initializer="zeros")

    def call(self, x, states, training=None):
        h, c = states
        z = ops.matmul(x, ops.cast(self.kernel, x.dtype)) + ops.matmul(h, ops.cast(self.recurrent, x.dtype)) + ops.cast(self.bias, x.dtype)
        take, keep, new, give = ops.split(z, 4, axis=-1)  # (batch, units) each
        c = ops.sigmoid(keep) * c + ops.sigmoid(take) * ops.tanh(new)
        h = ops.sigmoid(give) * ops.tanh(c)
        return h, [h, c]

    def get_config(self):
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable(package="ocr_crnn")
class AttentionDecoder(keras.layers.Layer):
    """Starter, two LSTM layers and multi-head attention over a memory of frames `(batch, frames, units)`.

        A(q) = attention(W norm(q); keys and values of memory + positions)   with weights and output of its own in starter and decoder
        h₀   = LSTM(A(start)), whose output is left out
        hₜ   = LSTM(embedding(what is written before step t)), begin before step 1
        logits of step t = head([A(hₜ), hₜ])

    Nothing is added to what attention gives, and only queries are normalised, as published. Deviations: frames are told where they stand
    by sinusoids, for the published cells are not, and of a long line no two alike are told apart; begin is a symbol of its own and not the
    end; and the starter has the one row of its table that is ever asked for.

    head: a layer called as FlatHead. steps: how many `write` takes at most, the end among them. dropout: as published, of the weights of
    attention and of what it gives.
    """

    def __init__(self, head, steps=40, num_heads=8, dropout=0.1, **kwargs):
        super().__init__(**kwargs)
        self.head, self.steps, self.num_heads, self.dropout = head, steps, num_heads, dropout

    def build(self, memory_shape):
        units, policy = memory_shape[-1], self.dtype_policy
        # The classes are the characters and, last, the end; begin and padding follow them as symbols (AttentionCodec).
        self.embedding = self.add_weight(name="embedding", shape=(self.classes + 2, units), initializer=NORMAL)
        self.start = self.add_weight(name="start", shape=(1, 1, units), initializer=NORMAL)
        norm = partial(keras.layers.LayerNormalization, epsilon=1e-6, dtype=policy)
        attention = partial(QueryAttention, self.num_heads, kernel_initializer="glorot_uniform", dtype=policy)
        self.norm_start, self.norm_query = norm(name="norm_start"), norm(name="norm_query")
        self.starter, self.look = attention(name="starter"), attention(name="look")
        cells = [LSTMCell(units, name=f"lstm{number}", dtype=policy) for number in (1, 2)]
        cells = keras.layers.StackedRNNCells(cells, name="cells", dtype=policy)
        self.lstm = keras.layers.RNN(cells, return_sequences=True, name="lstm", dtype=policy)
        for layer in (self.norm_start, self.norm_query, self.starter, self.look, self.lstm):
            layer.build((None, None, units))
        self.head.build((None, None, 2 * units))
        if self.dropout:
            self.seeds = keras.random.SeedGenerator(name="seed_generator")

    @property
    def classes(self):
        return self.head.compute_output_shape((None, None, None))[-1]

    def call(self, memory, real, label, training=None):
        """Training: the text is known, and all steps are one pass.

        memory `(batch, frames, units)`, real `(batch, frames)`, 1 for frames of the text and 0 for padding. label int `(batch, length)`:
        begin, the characters, padding. → logits `(batch, length, classes)`.
        """
        drop = partial(keras.random.dropout, rate=self.dropout, seed=self.seeds) if training and self.dropout else _keep
        first, seen = self._see(memory, real, drop)
        x = self.lstm(ops.concatenate([first, self._embed(label)], axis=1))  # (batch, 1 + length, units)
        return self.head(self._answer(x[:, 1:], seen, drop)[0])

    def write(self, memory, real):
        """Write the likeliest character of each step, up to the last end of the batch.

        The states of the LSTM and the keys and values of the memory are kept: a step costs one query. → dict of logits `(batch, steps,
        classes)` and centres `(batch, steps)`, where along the memory each step looks, in frames: the centre of mass of all heads. What
        stands behind the end of a text means nothing.
        """
        first, seen = self._see(memory, real, _keep)
        steps, batch, units = ops.arange(self.steps), ops.shape(memory)[0], memory.shape[-1]

        def write_one(step, last, states, answers, centres, going):
            x, states = self.lstm.cell(self._embed(last), states)
            answer, weights = self._answer(x[:, None], seen, _keep)
            last = ops.cast(ops.argmax(self.head(answer)[:, 0], axis=-1), "int32")
            here = (steps == step)[None]
            answers = ops.where(here[..., None], answer, answers)
            centres = ops.where(here, centres_along(weights, 1), centres)
            return step + 1, last, states, answers, centres, ops.logical_and(going, last != self.classes - 1)

        silent = ops.zeros((batch, units), first.dtype)
        _, states = self.lstm.cell(first[:, 0], [[silent, silent], [silent, silent]])
        begin = ops.full((batch,), self.classes, "int32")
        nothing = ops.zeros((batch, self.steps, 2 * units), first.dtype), ops.zeros((batch, self.steps), first.dtype)
        start = (ops.convert_to_tensor(0, "int32"), begin, states, *nothing, ops.ones((batch,), "bool"))
        *_, answers, centres, _ = ops.while_loop(lambda *state: ops.any(state[-1]), write_one, start, maximum_iterations=self.steps)
        return {"logits": self.head(answers), "centres": centres}

    def _see(self, memory, real, drop):
        """The text as a whole `(batch, 1, units)`; and the keys and values of the memory and where it is real, to look at step by step."""
        memory = memory + sinusoids(ops.shape(memory)[1], memory.shape[-1], memory.dtype)
        real = ops.cast(real, "bool")[:, None, None]
        start = self.norm_start(ops.cast(self.start, memory.dtype))
        first, _ = self.starter(start, *self.starter.look_at(memory), real, drop=drop)
        return drop(first), (*self.look.look_at(memory), real)

    def _answer(self, x, seen, drop):
        """What the head is given, `(batch, steps, 2 · units)`, and the weights of the attention, the mean of all heads."""
        y, weights = self.look(self.norm_query(x), *seen, drop=drop)
        return ops.concatenate([drop(y), x], axis=-1), ops.mean(weights, axis=1)

    def _embed(self, label):
        return ops.take(ops.cast(self.embedding, self.compute_dtype), label, axis=0)

    def get_config(self):
        head = keras.saving.serialize_keras_object(self.head)
        head.pop("build_config", None)  # for it is built here, where its weights get their names
        return {**super().get_config(), "head": head, "steps": self.steps, "num_heads": self.num_heads, "dropout": self.dropout}

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "head": keras.saving.deserialize_keras_object(config["head"])})


def _keep(x):
    return x
