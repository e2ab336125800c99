"""Training steps of each network, on whichever backend the process has."""

from functools import cache
from pathlib import Path

import keras
import numpy as np

SMALL = {"stages": ((8, 2, 4), (16, 2, 4)), "units": 32, "num_blocks": 1, "num_heads": 2, "rank": 8}  # of AttentionCTC; XLA compiles it all


def crnn(rng, gru):
    """(model to fit, inputs, targets, loss) of two lines 48 px wide, of 3 and 2 characters."""
    from ocr_crnn.recognition.crnn import CRNN, prediction_is_loss

    labels = np.full((2, 10), -1, np.float32)
    labels[0, :3], labels[1, :2] = [1, 4, 4], [0, 3]
    inputs = {
        "image_input": rng.uniform(0, 255, (2, 48, 32, 1)).astype(np.float32),
        "label_input": labels,
        "input_length": np.full((2, 1), 10),
        "label_length": np.array([[3], [2]]),
    }
    return CRNN((48, 32, 1), 6, gru=gru)[0], inputs, {"ctc": np.zeros((2, 1), np.float32)}, prediction_is_loss


def attention_ctc(rng, sampled):
    """Two lines, 56 and 37 px wide, over the seven classes or a sample of four of them."""
    from ocr_crnn.alphabet import Alphabet
    from ocr_crnn.recognition.attention_ctc import AttentionCTC
    from ocr_crnn.recognition.codecs import CTCCodec
    from ocr_crnn.training.recognition import RecognitionTraining

    network = AttentionCTC(7, [0, 588, 5000, 11171, -1, -1, -1], **SMALL)
    inputs = {"image": rng.uniform(0, 255, (2, 56, 32, 1)).astype(np.float32), "width": np.array([56, 37], np.int32)}
    if sampled:
        inputs |= {"classes": np.array([0, 2, 4, 6], np.int32), "log_odds": np.array([0, 0, 1.5, 0], np.float32)}
    return RecognitionTraining(network, CTCCodec(Alphabet("가나다힣12"))), inputs, np.array([[0, 1, 1], [1, -1, -1]], np.int32), None


def fixmatch(rng):
    """The two lines of attention_ctc, and three without labels, of all of which what is read is learnt."""
    from ocr_crnn.training.fixmatch import SeqFixMatch

    model, inputs, labels, _ = attention_ctc(rng, sampled=False)
    for view in ("weak", "strong"):
        inputs |= {f"{view}_image": rng.uniform(0, 255, (3, 56, 32, 1)).astype(np.float32), f"{view}_width": np.full(3, 56, np.int32)}
    return SeqFixMatch(model.network, model.codec, threshold=0.0, momentum=0.5), inputs, labels, None


def seqclr(rng):
    """Two views of the two lines of attention_ctc, and of a third one that has fewer frames than windows."""
    from ocr_crnn.training.seqclr import SeqCLR

    model, *_ = attention_ctc(rng, sampled=False)
    inputs = {f"{view}image": rng.uniform(0, 255, (3, 56, 32, 1)).astype(np.float32) for view in ("", "other_")}
    inputs |= {f"{view}width": np.array([56, 37, 8], np.int32) for view in ("", "other_")}
    return SeqCLR(model.network, windows=3), inputs, np.zeros(3, np.int32), None


def vitstr(rng):
    """Two lines, 56 and 37 px wide, of three and one characters."""
    from ocr_crnn.recognition.vitstr import ViTSTR

    return by_attention(rng, ViTSTR(5, width=64, positions=5, units=16, num_blocks=1, num_heads=2))


def parseq(rng):
    """The same in six orders, over a sample of four of the five classes; without dropout, which each backend draws in its own way."""
    from ocr_crnn.recognition.parseq import PARSeq

    small = {"width": 64, "patch": (8, 8), "positions": 5, "units": 16, "num_blocks": 1, "num_heads": 2, "decoder_heads": 2}
    return by_attention(rng, PARSeq(5, dropout=0, **small), sampled=True)


def clip4str(rng):
    """The same in both branches of CLIP4STR."""
    from ocr_crnn.recognition.clip4str import CLIP4STR

    small = {"width": 64, "positions": 5, "units": 16, "num_blocks": 1, "num_heads": 2, "decoder_heads": 2, "memory_units": 16}
    return by_attention(rng, CLIP4STR(5, dropout=0, text_units=16, text_blocks=1, text_heads=2, **small), sampled=True)


def by_attention(rng, network, sampled=False):
    from ocr_crnn.alphabet import Alphabet
    from ocr_crnn.recognition.codecs import make_codec
    from ocr_crnn.training.line_batches import sample_classes
    from ocr_crnn.training.recognition import RecognitionTraining

    codec = make_codec(network.codec, Alphabet("가나다힣"))
    labels = codec.encode(["가힣가", "나"])
    inputs = {"image": rng.uniform(0, 255, (2, 56, 32, 1)).astype(np.float32), "width": np.array([56, 37], np.int32)}
    inputs |= codec.inputs(labels, rng)
    if sampled:
        inputs["classes"], inputs["log_odds"], labels = sample_classes(rng, labels, np.arange(4), 4, codec.end)
    return RecognitionTraining(network, codec), inputs, labels, None


def pan(rng):
    """Two images of 96 × 64 px: three texts, one of them unreadable, and a page without text."""
    from ocr_crnn.detection.pan import PAN, pan_loss, pan_targets
    from ocr_crnn.page import Page

    quads = [[[x, y], [x + w, y], [x + w, y + 16], [x, y + 16]] for x, y, w in [(4, 4, 56), (8, 28, 24), (36, 44, 50)]]
    def page(quads, texts):
        return Page(None, (64, 96), np.array(quads, np.float32).reshape(-1, 4, 2), np.array(texts, object))

    pages = [page(quads, ["가", None, "나"]), page([], [])]
    images = rng.uniform(0, 255, (2, 64, 96, 3)).astype(np.float32)
    return PAN(channels=8, num_fpem=1), images, np.stack([pan_targets(page) for page in pages]), pan_loss


def craft(rng):
    """The two images of pan, of which one text has characters."""
    from ocr_crnn.detection.craft import CRAFT, craft_loss, craft_targets
    from ocr_crnn.page import Characters, Page

    quads = np.array([[[x, 8], [x + 16, 8], [x + 16, 24], [x, 24]] for x in (8, 24, 40)], np.float32)
    texts = np.array([[8, 8], [56, 8], [56, 24], [8, 24]], np.float32)
    pages = [Page(None, (64, 96), texts[None], ["가나다"], characters=[Characters(quads)]), Page(None, (64, 96), [], [])]
    images = rng.uniform(0, 255, (2, 64, 96, 3)).astype(np.float32)
    return CRAFT(), images, np.stack([craft_targets(page) for page in pages]), craft_loss


def anchor_free(rng):
    """Two images of 64 × 64 px: two words and an unreadable text, and a page without text."""
    from ocr_crnn.detection.anchor_free import AnchorFree
    from ocr_crnn.detection.centers import center_targets
    from ocr_crnn.geometry import boxes_to_quads
    from ocr_crnn.page import Characters, Page

    letters = Characters(boxes_to_quads([[4, 4, 12, 14], [16, 4, 5, 14], [21, 4, 12, 14]]))
    quads = boxes_to_quads([[4, 4, 29, 14], [8, 40, 40, 12]])
    pages = [Page(None, (64, 64), quads, ["가 나", None], characters=[letters, None]), Page(None, (64, 64), [], [])]
    targets = [center_targets(page) for page in pages]
    targets = {name: np.stack([one[name] for one in targets]) for name in targets[0]}
    images = rng.uniform(0, 255, (2, 64, 64, 3)).astype(np.float32)
    return AnchorFree(channels=8, num_fpem=1, word_filters=8, character_filters=8), images, targets, None  # it has its loss


NETWORKS = {
    "crnn-lstm": lambda rng: crnn(rng, gru=False),
    "crnn-gru": lambda rng: crnn(rng, gru=True),
    "attention-ctc": lambda rng: attention_ctc(rng, sampled=False),
    "attention-ctc-sampled": lambda rng: attention_ctc(rng, sampled=True),
    "fixmatch": fixmatch,
    "seqclr": seqclr,
    "vitstr": vitstr,
    "parseq": parseq,
    "clip4str": clip4str,
    "pan": pan,
    "craft": craft,
    "anchor-free": anchor_free,
}


def draw_no_weights():
    """On JAX, weights begin with 0 where others are loaded: XLA would compile the drawing for every shape, longer than the steps take."""
    import jax

    draw = lambda seed, shape, dtype, *rest, **range: jax.numpy.asarray(np.zeros(shape, dtype))  # noqa: E731
    jax.random.uniform = jax.random.normal = jax.random.truncated_normal = draw


def build(model, inputs):
    """Make the variables by shapes alone: a call would have JAX compile each of its operations by itself."""
    model(keras.tree.map_structure(lambda array: keras.KerasTensor(array.shape, str(array.dtype)), inputs))


@cache
def built(name):
    """What the function of NETWORKS makes, with its variables, once in a process."""
    keras.utils.set_random_seed(0)  # for each network anew: what one draws does not change with those before it
    model, inputs, *rest = NETWORKS[name](np.random.default_rng(0))
    build(model, inputs)
    return model, inputs, *rest


def two_losses(name, weights, after):
    """The loss of the batch and its loss after one step of SGD, which depends on the gradients; the weights after it go to `after`.

    The weights are those of the file `weights`, which is written where it is not there.
    """
    model, inputs, targets, loss = built(name)
    if Path(weights).exists():
        model.load_weights(weights)
    else:
        model.save_weights(weights)
    # TensorFlow would trace a graph for longer than two steps take; graphs are those of training/test_distributed_recipes.py.
    model.compile(keras.optimizers.SGD(1e-3), loss, run_eagerly=keras.backend.backend() == "tensorflow")
    # A fresh mean for each step: the value logged is that of all steps since the last reset.
    losses = []
    for _ in range(2):
        model.reset_metrics()
        losses.append(float(model.train_on_batch(inputs, targets, return_dict=True)["loss"]))
        if len(losses) == 1:
            model.save_weights(after)
    return losses
