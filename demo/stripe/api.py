"""How a call to `/v1/...` is answered: key, faults, idempotency, parameters, operation, expansion, check of the answer.

Evidence: Stripe API reference, "Authentication", "Errors", "Request IDs"; "Rate limits" (429 and its reason header).
"""

import re
import time
from dataclasses import dataclass, field

from demo.stripe import API_VERSION, idempotency
from demo.stripe.account import Account, Asker, asker, token
from demo.stripe.background import run_due_tasks
from demo.stripe.errors import Declined, StripeError
from demo.stripe.expansion import expand
from demo.stripe.faults import Faults
from demo.stripe.idempotency import Kept
from demo.stripe.operations import OPERATIONS, Call
from demo.stripe.shape import forms
from demo.stripe.shape.params import check
from demo.stripe.shape.resources import ShapeError, require_shape
from demo.stripe.shape.routes import params_class, resolve
from demo.stripe.store import Json

UNKNOWN_ERROR = "An unknown error occurred"
NO_ANSWER = 444
LOCKED = ("lock_timeout", "This object cannot be accessed right now because another API request is using it.")


@dataclass(frozen=True)
class Asked:
    """`text` is the form body, or the query string where there is no body; `key` the idempotency key of a POST."""

    method: str
    path: str
    text: str
    api_key: str
    base_url: str
    version: str | None = None
    key: str | None = None
    is_form: bool = True


@dataclass(frozen=True)
class Answer:
    status: int
    body: Json
    headers: dict[str, str] = field(default_factory=dict)


class Api:
    def __init__(self, account: Account) -> None:
        self._account = account
        self._in_flight = idempotency.InFlight()

    def answer(self, asked: Asked) -> Answer:
        """The answer to send; status 444 means to close the connection without one."""
        request_id = f"req_{token(14)}"
        try:
            answer = self._answer(asked, request_id)
        except StripeError as error:
            answer = Answer(error.status, error.body, _retry_advice(error.status))
        except ShapeError as error:
            answer = Answer(500, {"error": {"type": "api_error", "message": f"The stand-in is wrong: {error}"}})
        known = {"Request-Id": request_id, "Stripe-Version": API_VERSION}
        return Answer(
            answer.status, answer.body, known | ({"Idempotency-Key": asked.key} if asked.key else {}) | answer.headers
        )

    def _answer(self, asked: Asked, request_id: str) -> Answer:
        _authorize(asked)
        with self._in_flight.claimed(asked.key):
            faults = self._account.faults
            time.sleep(faults.api_delay)
            if not faults.strikes_api():
                return self._perform(asked, request_id)
            if faults.api_after:
                self._perform(asked, request_id)
            return self._fail(asked, request_id, faults)

    def _perform(self, asked: Asked, request_id: str) -> Answer:
        account = self._account
        with account.transaction():
            account.found_at(asked.base_url)
            run_due_tasks(account)
        print_ = idempotency.fingerprint(asked.method, asked.path, asked.text)
        with account.transaction():
            kept = idempotency.recall(account, asked.key, print_) if asked.key else None
            if kept:
                replay = {"Idempotent-Replayed": "true", "Original-Request": kept.request_id}
                return Answer(kept.status, kept.body, replay | _retry_advice(kept.status))
            who = asker.set(Asker(request_id, asked.key))
            try:
                status, document = 200, self._operate(asked)
                require_shape(document)
            except Declined as error:
                status, document = error.status, error.body
            finally:
                asker.reset(who)
            if asked.key:
                idempotency.keep(account, asked.key, print_, Kept(status, document, request_id))
        headers = {"Original-Request": request_id} if asked.key else {}
        return Answer(status, document, headers | _retry_advice(status))

    def _operate(self, asked: Asked) -> Json:
        found = resolve(asked.method, asked.path)
        if not found:
            message = f"Unrecognized request URL ({asked.method}: {asked.path}). Please see https://stripe.com/docs."
            raise StripeError(404, "invalid_request_error", message)
        route, ids = found
        operation = OPERATIONS.get((route.method, route.path))
        if not operation:
            raise StripeError.not_built(f"{asked.method} {asked.path}")
        is_json = asked.method == "POST" and asked.path.startswith("/v2/")
        tree = forms.from_json(asked.text) if is_json else forms.decode(asked.text)
        params = check(params_class(route.params), tree) if route.params else tree
        document = operation(self._account, Call(asked.path, ids, params, asked.base_url))
        return expand(self._account, document, params.get("expand", []))

    def _fail(self, asked: Asked, request_id: str, faults: Faults) -> Answer:
        if faults.api_reset:
            return Answer(NO_ANSWER, {})
        status = faults.api_status or 500
        headers = _retry_advice(status)
        error = {"type": "api_error", "message": UNKNOWN_ERROR}
        if status == 429:
            is_lock = faults.api_reason == "lock_timeout"
            code, message = LOCKED if is_lock else ("rate_limit", "Request rate limit exceeded.")
            error = {"type": "invalid_request_error", "code": code, "message": message}
            if not is_lock and faults.api_reason != "none":
                headers["Stripe-Rate-Limited-Reason"] = faults.api_reason
        if status == 500 and asked.key:
            print_ = idempotency.fingerprint(asked.method, asked.path, asked.text)
            with self._account.transaction():
                kept = idempotency.recall(self._account, asked.key, print_)
                if kept is None or kept.request_id == request_id:
                    idempotency.keep(self._account, asked.key, print_, Kept(500, {"error": error}, request_id))
        return Answer(status, {"error": error}, headers)


def _retry_advice(status: int) -> dict[str, str]:
    """A kept 500 would only be replayed; a failure in front of the endpoint may be gone the next time."""
    if status in {409, 502, 503, 504}:
        return {"Stripe-Should-Retry": "true"}
    return {"Stripe-Should-Retry": "false"} if status >= 400 else {}


def _authorize(asked: Asked) -> None:
    if not asked.api_key:
        message = (
            "You did not provide an API key. Use HTTP Bearer authentication: 'Authorization: Bearer YOUR_SECRET_KEY'."
        )
        raise StripeError(401, "invalid_request_error", message)
    if re.match(r"[a-z]+_live_", asked.api_key):
        message = "This is a stand-in for Stripe. It refuses live keys: never send one to anything but Stripe."
        raise StripeError(401, "invalid_request_error", message)
    if not re.fullmatch(r"(sk|rk)_test_\w+", asked.api_key):
        message = (
            "Invalid API Key provided. The stand-in takes any secret or restricted test key: sk_test_..., rk_test_..."
        )
        raise StripeError(401, "invalid_request_error", message)
    if asked.version not in {None, API_VERSION}:
        raise StripeError.invalid(f"The stand-in speaks only the API version {API_VERSION}.")
    if not asked.is_form:
        raise StripeError.invalid(
            "Invalid request (check that your POST content type is application/x-www-form-urlencoded)."
        )
