"""Metrics for Prometheus. With several workers the counts are combined through files (`PROMETHEUS_MULTIPROC_DIR`)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180)

REQUESTS = Counter("dalil_requests_total", "Requests by route, method and status", ["route", "method", "status"])
LATENCY = Histogram("dalil_request_seconds", "Seconds to the end of the reply, by route", ["route"], buckets=SECONDS)
ANSWERS = Counter("dalil_answers_total", "Answers by status and mode", ["status", "mode"])
REFUSED = Counter("dalil_refused_total", "Requests refused, by reason", ["reason"])
RUNNING = Gauge("dalil_running_questions", "Questions worked on", multiprocess_mode="livesum")
WAITING = Gauge("dalil_waiting_questions", "Questions that wait for their turn", multiprocess_mode="livesum")
LEFT = Counter("dalil_clients_left_total", "Questions whose client left before the reply")
GENERATION = Gauge("dalil_collection_generation", "Generation last answered from", multiprocess_mode="livemax")


def exposition() -> bytes:
    """Return all metrics, in the Prometheus text format."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    for process in _ended():
        with suppress(FileNotFoundError):  # another worker was first
            mark_process_dead(process)  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def _ended() -> Iterator[int]:
    """Yield the ids of ended processes that left gauges: a worker that is killed does not remove its own."""
    for path in Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).glob("gauge_live*.db"):
        process = int(path.stem.rpartition("_")[2])
        try:
            os.kill(process, 0)
        except (ProcessLookupError, PermissionError):  # no such process, or another user's: not one of ours
            yield process
