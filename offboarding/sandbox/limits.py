"""The rate limit: a fixed window of calls for each token, with the documented headers and 429."""

from __future__ import annotations

import math
import threading
import time

from .errors import Refusal, api_error
from .options import Options


class RateLimit:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._windows: dict[str, tuple[float, int]] = {}  # bucket -> (start, calls)

    def count(self, token: str, path: str, options: Options) -> tuple[dict[str, str], Refusal | None]:
        """The three headers for the answer, and the 429 when the window of its bucket is full.

        Some operations have a lower ceiling of their own ("differs by operation"): here /users, by `users_limit`, and
        SCIM, by `scim_limit`.
        """
        allowed, bucket = options.rate_limit, token
        for name, limit, prefix in (
            ("users", options.users_limit, "/api/v2/users"),
            ("scim", options.scim_limit, "/api/v2/scim"),
        ):
            if limit and path.startswith(prefix):
                allowed, bucket = limit, f"{name} {token}"
        now = time.monotonic()
        with self._lock:
            if len(self._windows) > 1000:
                self._windows = {k: v for k, v in self._windows.items() if now - v[0] < options.rate_window}
            start, calls = self._windows.get(bucket, (now, 0))
            if now - start >= options.rate_window:
                start, calls = now, 0
            calls += 1
            self._windows[bucket] = (start, calls)
        left = max(1, math.ceil(start + options.rate_window - now))
        headers = {
            "inin-ratelimit-count": str(calls),
            "inin-ratelimit-allowed": str(allowed),
            "inin-ratelimit-reset": str(left),
        }
        return headers, self._refusal(left, allowed) if calls > allowed else None

    def _refusal(self, left: int, allowed: int) -> Refusal:
        limit = {
            "key": "client.credentials.token.rate.per.minute",
            "namespace": "platform.api",
            "value": allowed,
        }
        message = f"Rate limit exceeded the maximum. Retry the request in [{left}] seconds"
        refusal = api_error(429, "too.many.requests.retry.after", message, limit=limit)
        refusal.headers["Retry-After"] = str(left)
        return refusal

    def clear(self) -> None:
        with self._lock:
            self._windows.clear()
