"""GET /metrics: how things stand, for operators. Everything is read from the database, so every process says the same.

Packages register what they know at start. Counts and ages only: nothing about anybody, no sums of money.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app

from support import guards
from support.chores import ages
from support.db import current_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from flask import Flask
    from prometheus_client.metrics_core import Metric
    from sqlalchemy.orm import Session

metrics = Blueprint("metrics", __name__)


@dataclass(frozen=True)
class Gauge:
    """One figure, or one for each value of a label: `values` is {"": 3.0} or {"waiting": 1.0, "parked": 0.0}."""

    name: str
    help: str
    values: Mapping[str, float]
    label: str | None = None


def init_app(app: Flask) -> None:
    """Show the figures."""
    app.extensions["gauges"] = []
    app.register_blueprint(metrics)
    register_gauges(app, _chores)


def register_gauges(app: Flask, read: Callable[[Session], Iterable[Gauge]]) -> None:
    """Show what `read` finds, too."""
    app.extensions["gauges"].append(read)


@metrics.get("/metrics")
@guards.anyone
def show() -> Response:
    """Prometheus' text format."""
    from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415  # only this page needs it
    from prometheus_client.exposition import CONTENT_TYPE_LATEST  # noqa: PLC0415

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Collector:
    """What prometheus_client calls a collector."""

    def collect(self) -> Iterator[Metric]:
        from prometheus_client.metrics_core import GaugeMetricFamily  # noqa: PLC0415

        with current_database().reading() as session:
            gauges = [gauge for read in current_app.extensions["gauges"] for gauge in read(session)]
        for gauge in gauges:
            family = GaugeMetricFamily(gauge.name, gauge.help, labels=[gauge.label] if gauge.label else None)
            for value, figure in gauge.values.items():
                family.add_metric([value] if gauge.label else [], figure)
            yield family


def _chores(session: Session) -> Iterable[Gauge]:
    yield Gauge("support_chore_age_seconds", "Seconds since a chore of the worker was done.", ages(session), "chore")
