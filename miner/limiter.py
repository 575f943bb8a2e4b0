"""How often one hotkey may call: token buckets whose size follows stake."""

from collections.abc import Callable
from dataclasses import dataclass

import grpc

from wire.errors import Refusal

_MOST_BUCKETS = 4_096


@dataclass
class _Bucket:
    tokens: float
    filled_at: float


@dataclass(frozen=True)
class Rates:
    """Calls a second for a caller without stake, what all stake adds, and how many at once."""

    base: float = 10.0
    stake: float = 200.0
    burst_seconds: float = 4.0


class Limiter:
    """Admits or refuses calls per hotkey; a refused call costs nothing and changes nothing."""

    def __init__(
        self, share_of: Callable[[bytes], float], clock: Callable[[], float], rates: Rates | None = None
    ) -> None:
        self._share_of = share_of
        self._clock = clock
        self._rates = rates or Rates()
        self._buckets: dict[bytes, _Bucket] = {}

    def admit(self, caller: bytes) -> None:
        """Count one call.

        Raises: Refusal when ``caller`` has none left.
        """
        rate = self._rates.base + self._rates.stake * self._share_of(caller)
        burst, now = rate * self._rates.burst_seconds, self._clock()
        bucket = self._buckets.get(caller)
        if bucket is None:
            self._make_room(now)
            bucket = self._buckets[caller] = _Bucket(burst, now)
        bucket.tokens = min(burst, bucket.tokens + rate * (now - bucket.filled_at))
        bucket.filled_at = now
        if bucket.tokens < 1:
            message = f"more than {rate:.0f} calls a second (slow down, or add stake)"
            raise Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, message, (1 - bucket.tokens) / rate)
        bucket.tokens -= 1

    def _make_room(self, now: float) -> None:
        if len(self._buckets) >= _MOST_BUCKETS:
            limit = now - self._rates.burst_seconds
            self._buckets = {caller: bucket for caller, bucket in self._buckets.items() if bucket.filled_at > limit}
