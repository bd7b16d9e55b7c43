"""Every error that we raise on purpose, and how each is shown.

SupportError
├── InvalidInput          422  names each bad field, never repeats what was sent
├── MalformedRequest      400  no form, JSON or event at all
├── NotAuthenticated      401
│   ├── SignInRequired    401  a page: people are led to the sign-in
│   └── StaffSignInRequired 401  the same for staff
├── Forbidden             403  sent from another site's page, or not for this role
├── NotFound              404
├── TooManyRequests       429  with Retry-After
├── ServiceUnavailable    503  try again: our database or Stripe does not answer
│   └── StripeUnavailable 503  network, time-out, 429 or 5xx at Stripe
├── StripeRefused         502  Stripe says that our request is wrong: a bug or a setting
├── ObjectMissing         404  Stripe has no such object
└── NotYet                503  ours, but our row is not committed yet: the event waits

Answers are RFC 9457 problem details for programs and a page that says what to do next for people.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson
from flask import Response, render_template, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, SecurityError

from support.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Flask

log = logging.getLogger(__name__)

_FOR_PROGRAMS = ("/api/", "/webhooks/", "/widget", "/.well-known/", "/healthz", "/readyz", "/metrics")
_FOR_STAFF = ("/staff", "/finance")
_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
}


@dataclass(frozen=True)
class FieldError:
    """One bad field: its name as sent, and a sentence for whoever sent it."""

    field: str
    message: str


class SupportError(Exception):
    """Base of the tree. `status` is the HTTP status, `code` a stable word for programs."""

    status = 500
    code = "internal_error"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidInput(SupportError):
    """What was sent cannot be used; `errors` names every bad field."""

    status = 422
    code = "invalid_input"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__(_("Please check the fields that are named here."))
        self.errors = tuple(errors)


class MalformedRequest(SupportError):
    """The request is not of the form that this address takes."""

    status = 400
    code = "malformed_request"


class NotAuthenticated(SupportError):
    """Whoever asks has not shown a key, code or pass that is valid now."""

    status = 401
    code = "not_authenticated"


class SignInRequired(NotAuthenticated):
    """This page is about somebody, and nobody is signed in."""

    code = "sign_in_required"


class StaffSignInRequired(NotAuthenticated):
    """This page is for staff, and nobody of them is signed in with both proofs."""

    code = "sign_in_required"


class Forbidden(SupportError):
    """Whoever asks may not do this: from where it was asked, or at all."""

    status = 403
    code = "forbidden"


class NotFound(SupportError):
    """There is no such thing here."""

    status = 404
    code = "not_found"


class TooManyRequests(SupportError):
    """A limit is used up; `retry_after` is whole seconds until it is not."""

    status = 429
    code = "too_many_requests"

    def __init__(self, retry_after: int) -> None:
        super().__init__(_("Too many attempts from your network. Please try again in a few minutes."))
        self.retry_after = retry_after


class ServiceUnavailable(SupportError):
    """Something that we need does not answer; the same request may succeed later."""

    status = 503
    code = "service_unavailable"


class StripeUnavailable(ServiceUnavailable):
    """Stripe did not answer, or answered 429 or 5xx. `is_definite`: the request is not in flight, its key of no use."""

    code = "stripe_unavailable"

    def __init__(self, detail: str = "", *, is_definite: bool = False) -> None:
        super().__init__(detail)
        self.is_definite = is_definite


class StripeRefused(SupportError):
    """Stripe understood and said no: `param` is its name for what it did not take."""

    status = 502
    code = "stripe_refused"

    def __init__(self, detail: str, *, param: str | None = None, stripe_code: str | None = None) -> None:
        super().__init__(detail)
        self.param = param
        self.stripe_code = stripe_code


class ObjectMissing(NotFound):
    """Stripe has no object of this id: another account, another mode, or deleted."""

    code = "stripe_object_missing"


class NotYet(ServiceUnavailable):
    """The object is ours, but the row that it belongs to is not committed yet."""

    code = "not_yet"


def init_app(app: Flask) -> None:
    """Show every error in the form that the asker can use."""
    app.register_error_handler(SupportError, _show)
    app.register_error_handler(HTTPException, _show_http)
    app.register_error_handler(OperationalError, _show_database)
    app.register_error_handler(Exception, _show_unexpected)


def is_for_a_program() -> bool:
    """Whether this request wants JSON: by address, or because it accepts JSON rather than pages."""
    if request.path.startswith(_FOR_PROGRAMS):
        return True
    accept = request.accept_mimetypes
    return accept["application/json"] > accept["text/html"]


def _show(error: SupportError) -> Response:
    if isinstance(error, StripeRefused):
        log.error("Stripe refused a request", extra={"param": error.param, "stripe_code": error.stripe_code})
    if isinstance(error, StripeUnavailable):
        log.warning("Stripe does not answer", extra={"reason": error.detail})
    errors = error.errors if isinstance(error, InvalidInput) else ()
    # What Stripe or the database said is for the log; it may name things that are nobody's business.
    detail = "" if isinstance(error, StripeRefused | ServiceUnavailable | ObjectMissing) else error.detail
    response = _answer(error.status, error.code, detail, errors)
    if isinstance(error, TooManyRequests):
        response.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, ServiceUnavailable):
        response.headers["Retry-After"] = "10"
    if isinstance(error, NotAuthenticated):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _show_http(error: HTTPException) -> Response:
    if isinstance(error, SecurityError):
        # A forged Host: no page can be shown, since no link of ours can be made for it.
        return Response("Bad Request", 400, content_type="text/plain; charset=utf-8")
    status = error.code or 500
    response = _answer(status, _TITLES.get(status, error.name).lower().replace(" ", "_"), "", ())
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After", "Location"}:
            response.headers[name] = value
    return response


def _show_database(error: OperationalError) -> Response:
    log.error("the database does not answer", extra={"reason": type(error.orig).__name__})
    return _show(ServiceUnavailable())


def _show_unexpected(error: Exception) -> Response:
    log.error("unexpected error", exc_info=error)
    return _answer(500, "internal_error", "", ())


def _answer(status: int, code: str, detail: str, errors: Sequence[FieldError]) -> Response:
    title = _TITLES.get(status, "Error")
    if is_for_a_program() or request.is_json:
        problem: dict[str, object] = {"type": "about:blank", "title": title, "status": status, "code": code}
        if detail:
            problem["detail"] = detail
        if errors:
            problem["errors"] = [{"field": error.field, "message": error.message} for error in errors]
        return Response(orjson.dumps(problem), status, content_type="application/problem+json")
    template = "desk/error.html" if request.path.startswith(_FOR_STAFF) else "error.html"
    page = render_template(template, status=status, code=code, detail=detail, errors=errors)
    return Response(page, status, content_type="text/html; charset=utf-8")
