"""Ask Stripe for a refund that was approved: once, whatever breaks off in between."""

from __future__ import annotations

import contextlib
import logging
from functools import partial
from typing import TYPE_CHECKING

from support import clock
from support.db import current_database
from support.errors import ServiceUnavailable, StripeRefused, StripeUnavailable
from support.gateway import worker_gateway
from support.gateway.requests import refund_params
from support.payments.refunding import operations
from support.payments.refunding.models import RefundRequest
from support.payments.refunding.queries import unanswered
from support.payments.refunding.rules import may_use_key_again
from support.sync.flows import sync_now
from support.sync.reading import StaleRead

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from support.db import Database
    from support.gateway.calling import Deadline
    from support.gateway.client import Gateway

log = logging.getLogger(__name__)


def send_refund(database: Database, gateway: Gateway, request_id: int) -> None:
    """Let Stripe make the refund, and look what became of it. What is not approved, or was answered, stays as it is.

    A time-out is repeated under the same key. Without a key that may be used, before the first attempt and after a
    definite failure or 23 hours, Stripe is looked at first: the refund may be there. Raises StripeUnavailable; nothing
    is lost then, whoever calls next goes on.
    """
    with database.reading() as session:
        request = session.get_one(RefundRequest, request_id)
    if request.state != "approved":
        return
    deadline = gateway.deadline()
    stripe_refund_id = None
    if not may_use_key_again(request.attempted_at, clock.now()):
        stripe_refund_id = gateway.find_refund(request.stripe_payment_id, request.public_id)
        if stripe_refund_id is None:
            request = database.transact(partial(_begin_attempt, request))
    if stripe_refund_id is None:
        stripe_refund_id = _made(database, gateway, request, deadline)
    if stripe_refund_id is not None:
        _remember(database, gateway, request_id, stripe_refund_id)


def send_unanswered() -> None:
    """What the worker does every minute: go on where Stripe did not answer, or a process was killed."""
    with current_database().reading() as session:
        waiting = unanswered(session)
    for request_id in waiting:
        try:
            send_refund(current_database(), worker_gateway(), request_id)
        except StripeUnavailable as error:
            if not error.is_definite:
                raise  # nor would it answer for the others


def _begin_attempt(request: RefundRequest, session: Session) -> RefundRequest:
    return operations.begin_attempt(session, request.id, request.stripe_attempt, clock.now())


def _made(database: Database, gateway: Gateway, request: RefundRequest, deadline: Deadline) -> str | None:
    """Stripe's id of the refund; None if Stripe will not make it."""
    params = refund_params(request.stripe_payment_id, request.amount_minor, request.reason, request.public_id)
    try:
        return gateway.create_refund(params, request.idempotency_key, deadline)
    except StripeUnavailable as error:
        if error.is_definite:
            attempt = request.stripe_attempt
            database.transact(lambda session: operations.end_attempt(session, request.id, attempt))
        raise
    except StripeRefused as error:
        log.warning("Stripe refused a refund", extra={"stripe_code": error.stripe_code})
        code = error.stripe_code or ""
        database.transact(lambda session: operations.mark_refused(session, request.id, code))
        return None


def _remember(database: Database, gateway: Gateway, request_id: int, stripe_refund_id: str) -> None:
    database.transact(lambda session: operations.mark_sent(session, request_id, stripe_refund_id))
    # Books and access follow now; if Stripe has just stopped answering, with its event.
    with contextlib.suppress(ServiceUnavailable, StaleRead):
        sync_now(database, gateway, "refund", stripe_refund_id)
