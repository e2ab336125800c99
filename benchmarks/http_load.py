"""The HTTP service under load: `python benchmarks/http_load.py [--minutes 10] [--workers 1]`, with the networks that ship, over loopback.

First a reader in this process and the service read the same pages by turns; then as many clients ask as it has processes: that is what it
can do. Then clients ask at twice that rate, whether they are answered or not, with a tenth of them sending what is no
document and a tenth going away while they wait. Prints what was answered, how fast, how memory went, and whether anybody got no answer.
"""

import argparse
import http.client
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import numpy as np
from long_run import SAMPLES, load_sample

from ocr_crnn.formats.page_json import format_page_json
from ocr_crnn.reading.reader import DocumentReader

READY_S = 120
ANSWER_S = 300  # after which a client has been given no answer
CALM_S, SAMPLE_S = 15, 2.0  # of measuring what it can do; between looks at memory
QUEUE = 8
BROKEN, LEAVING = 0.1, 0.1  # shares of the clients
SHED = (429, 503)


class Service:
    """`ocr-crnn serve` in a process of its own. port: where it listens."""

    def __init__(self, workers):
        command = [sys.executable, "-m", "ocr_crnn", "serve", "--port", "0", "--quiet", "--workers", str(workers), "--queue", str(QUEUE)]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self.port = int(re.search(r":(\d+),", self.process.stderr.readline())[1])
        ends = time.monotonic() + READY_S
        while self.ask("GET", "/readyz")[0] != 200:
            if time.monotonic() > ends:
                raise TimeoutError("The service is not ready.")
            time.sleep(0.2)

    def ask(self, method, path, body=None, leave_s=None):
        """(status, headers) of an answer; (0, {}) for none. leave_s: go away after so long."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=leave_s or ANSWER_S)
        try:
            client.request(method, path, body, {"content-type": "application/octet-stream"} if body is not None else {})
            answer = client.getresponse()
            answer.read()
            return answer.status, answer.headers
        except (OSError, http.client.HTTPException) as error:
            return 0, {"error": type(error).__name__}
        finally:
            client.close()

    def read(self, contents, leave_s=None):
        return self.ask("POST", "/v1/read?format=json", contents, leave_s)

    def held_mb(self):
        """Resident memory of the process that answers, and of all those below it."""
        parents, held = {}, {}
        for entry in filter(str.isdecimal, os.listdir("/proc")):
            try:
                fields = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
            except OSError:  # it has ended
                continue
            parents[int(entry)], held[int(entry)] = int(fields[1]), int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / 1e6
        own = {self.process.pid}
        while more := {process for process, parent in parents.items() if parent in own} - own:
            own |= more
        return held[self.process.pid], sum(held.get(process, 0) for process in own - {self.process.pid})

    def end(self):
        """(exit code, seconds) of SIGTERM."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate()
        return self.process.returncode, time.monotonic() - began


class Load:
    """What clients got: (kind of client, status, seconds) each."""

    def __init__(self, service, documents):
        self.service, self.documents, self.answers, self.lock = service, documents, [], threading.Lock()

    def send(self, number, kind):
        """kind: "page", "broken" or "leaving"."""
        contents = self.documents[number % len(self.documents)]
        began = time.monotonic()
        if kind == "broken":
            contents = contents[: len(contents) // 50] + b"no picture"
        status, headers = self.service.read(contents, 0.3 if kind == "leaving" else None)
        with self.lock:
            self.answers.append((kind, status, time.monotonic() - began, headers.get("retry-after")))


def by_turns(service, documents):
    """Medians of the seconds that a reader in this process and the service take for a page, to its JSON."""
    reader, own, served = DocumentReader.from_preset(), [], []
    ends = time.monotonic() + 2 * CALM_S
    for number in range(10**6):
        document = documents[number % len(documents)]
        began = time.perf_counter()
        for image, page in reader.iterate(document):
            format_page_json(page, None, image.index + 1, image.dpi)
        between = time.perf_counter()
        service.read(document)
        if number >= len(documents):  # the first round warms up
            own.append(between - began)
            served.append(time.perf_counter() - between)
        if time.monotonic() > ends and own:
            return np.median(own), np.median(served)


def at_full_speed(service, documents, clients, seconds):
    """Pages a second by so many clients, each with its next page when it has its answer."""
    load, ends = Load(service, documents), time.monotonic() + seconds
    began = time.monotonic()

    def ask(first):
        number = first
        while time.monotonic() < ends:
            load.send(number, "page")
            number += clients

    run_all([threading.Thread(target=ask, args=(first,)) for first in range(clients)])
    return sum(status == 200 for _, status, *_ in load.answers) / (time.monotonic() - began), load


def at_rate(service, documents, rate, seconds, rng):
    """Ask at a rate, answered or not → (the Load, [(seconds, MB of the front, MB of the others)])."""
    load, threads, memory = Load(service, documents), [], []
    began = looked = time.monotonic()
    number = 0
    while (now := time.monotonic()) < began + seconds:
        draw = rng.random()
        kind = "broken" if draw < BROKEN else "leaving" if draw < BROKEN + LEAVING else "page"
        threads.append(threading.Thread(target=load.send, args=(number, kind)))
        threads[-1].start()
        number += 1
        if now >= looked:
            memory.append((now - began, *service.held_mb()))
            looked, threads = now + SAMPLE_S, [thread for thread in threads if thread.is_alive()]
        time.sleep(max(began + number / rate - time.monotonic(), 0))
    for thread in threads:
        thread.join()
    return load, memory


def run_all(threads):
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def report(load, memory, seconds):
    """Print what became of the load."""
    codes = {kind: Counter(status for other, status, *_ in load.answers if other == kind) for kind in ("page", "broken", "leaving")}
    for kind, counts in codes.items():
        told = ", ".join(f"{status or 'none'} × {count:,}" for status, count in sorted(counts.items()))
        print(f"  {kind:>8}  {sum(counts.values()):>6,} asked: {told}")
    read = np.array([s for kind, status, s, _ in load.answers if kind == "page" and status == 200] or [0.0])
    shed = np.array([s for kind, status, s, _ in load.answers if kind == "page" and status in SHED] or [0.0])
    waits = [int(wait) for *_, wait in load.answers if wait]
    spread = f"median {np.median(read):.2f}, p95 {np.quantile(read, 0.95):.2f}"
    print(f"  pages/s answered with 200: {len(read) / seconds:.2f}; seconds: {spread}")
    print(f"  refused with 429 or 503 after seconds: median {np.median(shed):.3f}, p95 {np.quantile(shed, 0.95):.3f}; "
          f"Retry-After {min(waits, default=0)} to {max(waits, default=0)}")  # fmt: skip
    lost = sum(count for kind in ("page", "broken") for status, count in codes[kind].items() if not status)
    print(f"  without an answer, of those who waited for one: {lost}")
    for name, place in (("front", 1), ("readers", 2)):
        row = [sample[place] for sample in memory]
        quarters = [np.median(part) for part in np.array_split(row, 4)] if len(row) >= 4 else row
        print(f"  MB of {name}, medians of four quarters: {' '.join(f'{mb:.0f}' for mb in quarters)}; at most {max(row):.0f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--size", type=int, nargs=2, default=(900, 1200), metavar=("WIDTH", "HEIGHT"), help="of a page, in pixels")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rng, documents = np.random.default_rng(args.seed), make_documents(args.size)
    service = Service(args.workers)
    own, served = by_turns(service, documents)
    times = f"a reader in this process {own:.2f} s a page, the service {served:.2f} s, {served / own:.2f} of it"
    print(f"{args.size[0]} × {args.size[1]} px, by turns, medians: {times}", flush=True)
    able, _ = at_full_speed(service, documents, args.workers, CALM_S)
    print(f"service, {args.workers} readers, {args.workers} clients: {able:.2f} pages/s", flush=True)
    rate = 2 * able / (1 - BROKEN - LEAVING)
    print(f"asked {rate:.2f} times a second, twice what it can do, for {args.minutes:g} minutes", flush=True)
    load, memory = at_rate(service, documents, rate, 60 * args.minutes, rng)
    report(load, memory, 60 * args.minutes)
    code, seconds = service.end()
    print(f"  SIGTERM: exit code {code} after {seconds:.1f} s")


def make_documents(size):
    """PNGs of the sample pages, cut to a size."""
    import io

    documents = []
    for number in range(len(SAMPLES)):
        stream = io.BytesIO()
        load_sample(number).crop((0, 0, *size)).save(stream, "PNG")
        documents.append(stream.getvalue())
    return documents


if __name__ == "__main__":
    main()
