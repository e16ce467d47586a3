"""`/healthz` (the process), `/readyz` (database, migrations, age of the queue), `/metrics` (counts without persons)."""

from datetime import UTC, datetime

from flask import Blueprint, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from cie import events
from cie.db import current, reading
from cie.db.migrate import is_current
from cie.errors import Busy
from cie.http import public

blueprint = Blueprint("health", __name__)
OLDEST_ACCEPTABLE_SECONDS = 300

registry = CollectorRegistry()
requests_total = Counter("cie_requests_total", "Answers by route and status", ["route", "status"], registry=registry)
request_seconds = Histogram("cie_request_seconds", "Seconds by route", ["route"], registry=registry)
queue_age = Gauge("cie_outbox_oldest_due_seconds", "Age of the oldest due row", registry=registry)


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """This process answers."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
@public
def readyz() -> tuple[dict[str, object], int]:
    """Whether this process can serve: the database answers, stands at the newest migration, and the queue moves."""
    try:
        migrated = is_current(current())
        with reading() as session:
            age = events.queue_age_seconds(session, at=datetime.now(UTC))
    except Busy:
        return {"ready": False, "database": "away"}, 503
    ready = migrated and age < OLDEST_ACCEPTABLE_SECONDS
    state = {
        "ready": ready,
        "database": "here",
        "migrations": "current" if migrated else "behind",
        "queue_seconds": age,
    }
    return state, 200 if ready else 503


@blueprint.get("/metrics")
@public
def metrics() -> Response:
    """Prometheus metrics of this process."""
    with reading() as session:
        queue_age.set(events.queue_age_seconds(session, at=datetime.now(UTC)))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


@blueprint.after_app_request
def count(response: Response) -> Response:
    """Count each answer by the name of its route, never by its address."""
    route = request.endpoint or "unknown"
    requests_total.labels(route, response.status_code).inc()
    if "now" in g:
        request_seconds.labels(route).observe((datetime.now(UTC) - g.now).total_seconds())
    return response
