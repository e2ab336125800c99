"""Counts of the service for Prometheus: names begin with `ocr_`. Nothing in them is of a document."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, disable_created_metrics, generate_latest

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300)
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """tell: see below. A registry of its own, so that several services live in a process."""

    def __init__(self):
        disable_created_metrics()  # a second line for each, of when it was made
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)

        def make(kind, name, what, labels=(), **more):
            return kind(f"ocr_{name}", what, labels, registry=self.registry, **more)

        self.of = {
            "requests": make(Counter, "requests", "Requests to read that were answered, by status and format.", ("code", "format")),
            "refused": make(Counter, "refused", "Requests that were not read, by reason.", ("reason",)),
            "gone": make(Counter, "gone", "Clients that went away before their answer."),
            "pages": make(Counter, "pages", "Pages that were looked at."),
            "failed_pages": make(Counter, "failed_pages", "Pages of answered documents that could not be read."),
            "bytes_in": make(Counter, "received_bytes", "Bytes of documents that came in."),
            "bytes_out": make(Counter, "sent_bytes", "Bytes of answers."),
            "workers_ended": make(Counter, "workers_ended", "Processes that were replaced, by reason.", ("reason",)),
            "request_seconds": make(Histogram, "request_seconds", "From the head of a request to the end of its answer.", buckets=SECONDS),
            "queue_seconds": make(Histogram, "queue_seconds", "That a document waited.", buckets=SECONDS),
            "reading_seconds": make(Histogram, "reading_seconds", "That a document was read.", buckets=SECONDS),
        }
        self.in_flight = make(Gauge, "in_flight", "Requests to read that have no answer yet.")

    def watch(self, pool, uploads):
        """Gauges of a Pool, and of how many documents come in."""
        gauges = (
            ("queue_length", "Documents that wait.", lambda: len(pool.jobs)),
            ("reading", "Documents that are read.", lambda: pool.reading),
            ("workers", "Processes that can read.", lambda: pool.ready),
            ("uploads", "Documents that come in.", lambda: len(uploads)),
        )
        for name, what, value in gauges:
            Gauge(f"ocr_{name}", what, registry=self.registry).set_function(value)

    def tell(self, name, value, *labels):
        """Add a value to a counter, or to a histogram."""
        metric = self.of[name].labels(*labels) if labels else self.of[name]
        metric.observe(value) if name.endswith("_seconds") else metric.inc(value)

    def text(self):
        return generate_latest(self.registry)
