"""What a SavedModel reads and costs beside the Python API: `python benchmarks/serving.py IMAGE … [--detector P] [--recognizer P]`.

Parity is counted line by line; the model is loaded by a process that cannot import this package. Both see every page twice; the
second time counts. Sizes of pages are then drawn at random, and the memory of the process is watched.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table


def serve(folder, paths, sizes):
    """The process that serves: JSON lines of what was read and what it took."""
    sys.modules["ocr_crnn"] = None  # not importable
    import tensorflow as tf

    start = time.perf_counter()
    function = tf.saved_model.load(folder).signatures["serving_default"]
    print(json.dumps({"load_s": time.perf_counter() - start}))
    records = os.path.join(folder, "assets.extra", "tf_serving_warmup_requests")
    if os.path.exists(records):
        from tensorflow_serving.apis import prediction_log_pb2

        record = next(iter(tf.data.TFRecordDataset(records))).numpy()
        request = prediction_log_pb2.PredictionLog.FromString(record).predict_log.request
        start = time.perf_counter()
        function(image_bytes=tf.constant(tf.make_ndarray(request.inputs["image_bytes"])))
        print(json.dumps({"warm_up_s": time.perf_counter() - start}))
    for path in paths:
        contents = tf.constant([Path(path).read_bytes()])
        seconds = []
        for _ in range(2):
            start = time.perf_counter()
            outputs = function(image_bytes=contents)
            seconds.append(time.perf_counter() - start)
        texts = [text.decode() for text in outputs["texts"].numpy()[0]]
        print(json.dumps({"texts": texts, "page_text": outputs["page_text"].numpy()[0].decode(), "seconds": seconds}))
    rng = np.random.default_rng(0)
    for _ in range(sizes):
        page = np.full((*rng.integers(200, 1400, 2), 3), 255, np.uint8)
        for top in range(20, page.shape[0] - 30, 40):
            page[top : top + 14, 20:-20:5] = 0
        function(image_bytes=tf.io.encode_png(page)[None])
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        print(json.dumps({"rss_mib": int(status.split("VmRSS:")[1].split()[0]) / 1024}))


def read(reader, path):
    """Lines, text and the seconds of a second reading."""
    reader(path)
    start = time.perf_counter()
    page = reader(path)[0]
    seconds = time.perf_counter() - start
    return [" ".join(page.texts[rows]) for rows in page.line_rows()], page.text, seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images", nargs="+")
    parser.add_argument("--detector")
    parser.add_argument("--recognizer")
    parser.add_argument("--sizes", type=int, default=200, help="pages of random sizes")
    args = parser.parse_args()
    from ocr_crnn.document.reader import DocumentReader
    from ocr_crnn.export import export_saved_model

    reader = DocumentReader.from_preset(args.detector, args.recognizer)
    with tempfile.TemporaryDirectory() as folder:
        exported = export_saved_model(reader, Path(folder) / "ocr" / "1")
        size_mb = sum(path.stat().st_size for path in exported.rglob("*")) / 1e6
        script = [sys.executable, __file__, "--serve", json.dumps([str(exported), args.images, args.sizes])]
        answers = [json.loads(line) for line in subprocess.run(script, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()]
    served = [answer for answer in answers if "texts" in answer]
    memory = [answer["rss_mib"] for answer in answers if "rss_mib" in answer]
    timing = {name: answer[name] for answer in answers for name in ("load_s", "warm_up_s") if name in answer}

    table = Table("page", "lines", "served", "same", "same page", "Python s", "served s")
    same = total = 0
    ratios = []
    for path, answer in zip(args.images, served, strict=True):
        lines, text, seconds = read(reader, path)
        common = sum((Counter(lines) & Counter(answer["texts"])).values())
        same, total = same + common, total + max(len(lines), len(answer["texts"]))
        ratios.append(answer["seconds"][1] / seconds)
        columns = len(lines), len(answer["texts"]), common, text == answer["page_text"], f"{seconds:.2f}", f"{answer['seconds'][1]:.2f}"
        table.add_row(Path(path).name, *map(str, columns))
    Console(width=140).print(table)
    print(f"{same} of {total} lines the same ({100 * same / max(total, 1):.2f} %); {size_mb:.1f} MB")
    print("; ".join(f"{name} {value:.1f}" for name, value in timing.items()))
    print(f"served / Python: median {np.median(ratios):.2f}; cores {os.cpu_count()}, load {os.getloadavg()[0]:.1f}")
    first, median = served[0]["seconds"][0], np.median([answer["seconds"][1] for answer in served])
    print(f"first request {first:.2f} s, {first / median:.1f} times the median of the others")
    if len(memory) > 50:
        print(f"memory over {len(memory)} sizes: {memory[49]:.0f} MiB after 50, {memory[-1]:.0f} at the end, {max(memory):.0f} at most")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(*json.loads(sys.argv[2]))
    else:
        main()
