"""What Prometheus may read: counts of work, never a secret, labels from fixed sets only."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128)


class Metrics:
    """The validator's own registry; served on ``/metrics``."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "hivegate_validator_requests", "Requests for text", ["stream", "outcome"], registry=self.registry
        )
        self._seconds = Histogram(
            "hivegate_validator_request_seconds", "Time to answer", ["stream"], buckets=_SECONDS, registry=self.registry
        )
        self._tokens = Counter("hivegate_validator_tokens", "Tokens of apps", ["kind"], registry=self.registry)
        self.audits = Counter("hivegate_validator_audited_texts", "Hidden texts audited", registry=self.registry)
        self.absences = Counter("hivegate_validator_absences", "Audit answers that stayed away", registry=self.registry)
        self.receipts = Counter(
            "hivegate_validator_weight_submissions", "Attempts to set weights", ["outcome"], registry=self.registry
        )
        self.alarms = Gauge(
            "hivegate_validator_alarms", "Miners that do well with one validator only", registry=self.registry
        )
        self.missing = Gauge(
            "hivegate_validator_missing_share", "Share of own texts with which no expert helps", registry=self.registry
        )
        self.block = Gauge("hivegate_validator_block", "Newest block seen", registry=self.registry)
        self.epoch = Gauge("hivegate_validator_epoch", "Epochs seen on chain", registry=self.registry)
        self.bits_per_byte = Gauge(
            "hivegate_validator_bits_per_byte", "Held-out bits per byte", ["of"], registry=self.registry
        )

    @contextmanager
    def request(self, stream: bool) -> Iterator[None]:
        """Count one request and its time."""
        kind, started, outcome = str(stream).lower(), time.monotonic(), "failed"
        try:
            yield
            outcome = "answered"
        finally:
            self._requests.labels(kind, outcome).inc()
            self._seconds.labels(kind).observe(time.monotonic() - started)

    def count_tokens(self, prompt: int, completion: int) -> None:
        """Count the tokens of one answer."""
        self._tokens.labels("prompt").inc(prompt)
        self._tokens.labels("completion").inc(completion)

    def render(self) -> bytes:
        """Prometheus text format."""
        return generate_latest(self.registry)
