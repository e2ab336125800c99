"""What a SavedModel reads and costs beside the Python API.

    python benchmarks/serving.py [IMAGE …] [--bench FOLDER] [--lines 200] [--sizes 200] [--detector P] [--recognizer P]

The model is loaded by a process of its own that cannot import this package. Lines are compared one by one, and of every difference
the cause is told: "read differently" is a text whose quad both found, so that its pixels or their sums differ by a rounding;
"found differently" one that only one of them found so; "order" a page whose lines are the same in another order. The client makes words
of the same answers, which are compared with the reader's. FOLDER is a bench:
its pages and `crops/lines`, of which `--lines` are read. Some pages are then read again by both in turn for the times, and pages of
random sizes while the memory of the serving process is watched. (A loaded signature is one graph: it cannot be traced again.)
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from timing import timed

SAMPLE = [Path(__file__).parents[1] / "data" / "sample_contract.png"]
NEAR_PX = 1.0  # corners of a quad that both found
ROUNDS = 3  # of pages that are timed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", nargs="*", type=Path)
    parser.add_argument("--bench", type=Path, help="folder of a bench: all of its pages, and lines")
    parser.add_argument("--lines", type=int, default=200, help="lines of the bench")
    parser.add_argument("--timed", type=int, default=5, help="pages that are read again for the times")
    parser.add_argument("--sizes", type=int, default=200, help="pages of random sizes")
    parser.add_argument("--detector", help="preset or folder; the shipped one by default")
    parser.add_argument("--recognizer", help="preset or folder; the shipped one by default")
    args = parser.parse_args()
    from ocr_crnn.reading.reader import DocumentReader

    reader = DocumentReader.from_preset(args.detector, args.recognizer, engine="keras")
    from ocr_crnn.serving.export import export_saved_model

    pages = args.images + (find_pages(args.bench) if args.bench else []) or SAMPLE
    with tempfile.TemporaryDirectory() as folder:
        exported = export_saved_model(reader, Path(folder) / "ocr" / "1")
        megabytes = sum(path.stat().st_size for path in exported.rglob("*")) / 1e6
        with Server(exported) as server:
            print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {megabytes:.1f} MB, loaded in {cost(server.load)}")
            print(f"warmed up in {cost(server.warm_up)}")
            print_times(reader, server, pages[:: max(1, len(pages) // args.timed)][: args.timed])
            print_parity(reader, server, pages)
            if args.bench:
                print_lines(reader, server, sorted((args.bench / "crops" / "lines").glob("*.png")), args.lines)
            print_memory(server.ask(sizes=args.sizes)["rss_mib"])


def find_pages(bench):
    """The pages of a bench in the order of its truth."""
    names = [json.loads(path.read_text(encoding="utf-8"))["image"] for path in sorted((bench / "gt").glob("*.json"))]
    return [bench / name for name in names]


class Server:
    """A process that serves an exported model: JSON lines in, JSON lines out."""

    def __init__(self, folder):
        command = [sys.executable, __file__, "--serve", str(folder)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started = json.loads(self.process.stdout.readline())
        self.load, self.warm_up = started["load"], started["warm_up"]

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def read(self, path):
        """What is read on a page, and (wall, processor) seconds."""
        answer = self.ask(signature="serving_default", files=[str(path)])
        count = answer["outputs"]["counts"][0]
        values = {name: value[0] for name, value in answer["outputs"].items()}
        values |= {name: values[name][:count] for name in ("texts", "quads", "scores")}
        return {**values, "outputs": answer["outputs"]}, answer["seconds"]

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.process.stdin.close()
        self.process.wait()


def read(reader, path):
    """Page and (wall, processor) seconds of the Python API."""
    return timed(lambda: reader(path)[0])


def cost(seconds):
    return f"{seconds[0]:.1f} s ({seconds[1]:.1f} s of processor time)" if seconds else "0 s, for want of the extra `serve`"


def print_times(reader, server, pages):
    """Both read the same pages in turn, the first time after warm-up included for the server."""
    firsts = [server.read(path)[1] for path in pages[:1]]
    for path in pages:
        read(reader, path)  # Keras compiles for a new size
    spent = [[(read(reader, path)[1], server.read(path)[1]) for _ in range(ROUNDS)] for path in pages]
    spent = np.array(spent)  # (pages, rounds, Python or served, wall or processor)
    medians = np.median(spent, axis=1)
    table = Table("page", "Python s", "served s", "ratio", "Python CPU s", "served CPU s", "CPU ratio")
    for path, (python, served) in zip(pages, medians, strict=True):
        row = python[0], served[0], served[0] / python[0], python[1], served[1], served[1] / python[1]
        table.add_row(path.name, *(f"{value:.2f}" for value in row))
    Console(width=140).print(table)
    wall, processor = np.median(medians[:, 1] / medians[:, 0], axis=0)
    print(f"served / Python, median of {len(pages)} pages, {ROUNDS} rounds: {wall:.2f} wall, {processor:.2f} processor time")
    ratios = np.array(firsts[0]) / medians[0, 1]
    print(f"the first request after warm-up took {ratios[0]:.2f} times the median of the same page, {ratios[1]:.2f} in processor time")


def print_parity(reader, server, pages):
    """Lines compared, lines equal, and every difference with its cause; then the pages that the client makes of the answers."""
    from ocr_crnn.serving.client import read_answer

    same = total = alike = 0
    differences = []
    for path in pages:
        page, served = read(reader, path)[0], server.read(path)[0]
        (by_client,) = read_answer(served["outputs"], [path])
        alike += list(by_client.texts) == list(page.texts) and np.allclose(by_client.quads, page.quads, atol=NEAR_PX)
        lines = [" ".join(page.texts[row]) for row in page.line_rows()]
        common = sum((Counter(lines) & Counter(served["texts"])).values())
        same, total = same + common, total + max(len(lines), len(served["texts"]))
        if common < max(len(lines), len(served["texts"])):
            differences += [(path.name, *difference) for difference in compare(reader, path, page, lines, served)]
        elif page.text != served["page_text"]:
            differences.append((path.name, "order", "", ""))
    print(f"\n{len(pages)} pages: {total} lines compared, {same} equal, {100 * same / max(total, 1):.2f} %")
    print(f"{alike} pages of the client have the words of the reader, in its order and within {NEAR_PX:g} px of where it has them")
    if differences:
        table = Table("page", "cause", "Python", "served")
        for difference in differences:
            table.add_row(*difference)
        Console(width=140).print(table)


def compare(reader, path, page, lines, served):
    """(cause, text in Python, text served) of each line that is not the same."""
    only = Counter(lines) - Counter(served["texts"])
    left = [(text, page.quads[row].reshape(-1, 2)) for text, row in zip(lines, page.line_rows(), strict=True) if only[text]]
    only = Counter(served["texts"]) - Counter(lines)
    found = reader.detector(path).quads
    differences = []
    for text, quad in zip(served["texts"], np.array(served["quads"], np.float32).reshape(-1, 4, 2), strict=True):
        if not only[text]:
            continue
        corners = np.stack([np.abs(np.roll(found, roll, axis=1) - quad).max(axis=(1, 2)) for roll in range(4)])
        middles = [np.abs((points.min(axis=0) + points.max(axis=0)) / 2 - quad.mean(axis=0)) for _, points in left]
        nearest = min(range(len(left)), key=lambda i: middles[i].sum(), default=None)
        is_there = nearest is not None and (middles[nearest] < np.ptp(quad, axis=0)).all()
        cause = "read differently" if corners.min(initial=np.inf) <= NEAR_PX else "found differently"
        differences.append((cause, left.pop(nearest)[0] if is_there else "", text))
    return differences + [("found differently", text, "") for text, _ in left]


def print_lines(reader, server, paths, count):
    paths = paths[:: max(1, len(paths) // count)][:count]
    differences = []
    for start in range(0, len(paths), 20):
        part = [str(path) for path in paths[start : start + 20]]
        served = server.ask(signature="recognize", files=part)["outputs"]["texts"]
        expected = [line.text for line in reader.recognizer(part)]
        differences += [pair for pair in zip(part, expected, served, strict=True) if pair[1] != pair[2]]
    print(f"\n{len(paths)} line images: {len(paths) - len(differences)} equal, {100 * (1 - len(differences) / len(paths)):.2f} %")
    for path, expected, served in differences:
        print(f"  {Path(path).name}: {expected!r}, served {served!r}")


def print_memory(memory):
    if len(memory) > 50:
        change = 100 * (max(memory[50:]) / memory[49] - 1)
        print(f"\nmemory over {len(memory)} sizes: {memory[49]:.0f} MiB after 50, then {max(memory[50:]):.0f} at most ({change:+.1f} %)")


def serve(folder):
    """The process that serves: told what to do by JSON lines."""
    sys.modules["ocr_crnn"] = None  # not importable
    import tensorflow as tf

    model, load = timed(lambda: tf.saved_model.load(folder))
    records, warm_up = os.path.join(folder, "assets.extra", "tf_serving_warmup_requests"), None
    if os.path.exists(records):
        from tensorflow_serving.apis import prediction_log_pb2

        logs = [prediction_log_pb2.PredictionLog.FromString(record.numpy()) for record in tf.data.TFRecordDataset(records)]
        requests = [log.predict_log.request for log in logs]
        warm_up = timed(lambda: [model.signatures[r.model_spec.signature_name](**tensors(tf, r.inputs)) for r in requests])[1]
    print(json.dumps({"load": load, "warm_up": warm_up}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        if "sizes" in request:
            answer = {"rss_mib": watch_memory(tf, model.signatures["serving_default"], request["sizes"])}
        else:
            contents = tf.constant([Path(path).read_bytes() for path in request["files"]])
            outputs, seconds = timed(lambda: model.signatures[request["signature"]](image_bytes=contents))  # noqa: B023
            answer = {"outputs": {name: value.numpy().tolist() for name, value in outputs.items()}, "seconds": seconds}
        print(json.dumps(answer, default=bytes.decode), flush=True)


def tensors(tf, inputs):
    return {name: tf.constant(tf.make_ndarray(value)) for name, value in inputs.items()}


def watch_memory(tf, function, count):
    """MiB in use after each of `count` pages of random sizes."""
    rng, memory = np.random.default_rng(0), []
    for _ in range(count):
        page = np.full((*rng.integers(100, 600, 2), 3), 255, np.uint8)
        for top in range(20, page.shape[0] - 30, 40):
            page[top : top + 14, 20:-20:5] = 0
        function(image_bytes=tf.io.encode_png(page)[None])
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        memory.append(int(status.split("VmRSS:")[1].split()[0]) / 1024)
    return memory


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(sys.argv[2])
    else:
        main()
