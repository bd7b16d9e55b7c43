"""What comes in and goes out by HTTP: bodies into checked models, cookies, headers of every answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from flask import Response, current_app, request
from flask.sessions import SecureCookieSessionInterface
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError
from werkzeug.middleware.proxy_fix import ProxyFix

from config.settings import STRIPE_API_BASE
from support.errors import FieldError, InvalidInput, MalformedRequest
from support.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from flask import Flask, Request
    from flask.sessions import SecureCookieSession
    from pydantic_core import ErrorDetails

    from config.settings import Settings

MAX_BODY = 256 * 1024
_LOOPBACK_HOSTS = ("localhost", ".localhost", "127.0.0.1", "[::1]")
# Answered from a pass, a key or the gate's own cookies.
_WITHOUT_SESSION = ("/api/", "/auth", "/widget", "/webhooks/", "/.well-known/", "/healthz", "/readyz", "/metrics")
# Not even sent when a link on another site leads to us.
_STRICT_COOKIES = ("staff", "staff_setup")
_TOLD = "told"
M = TypeVar("M", bound="Body")


class Body(BaseModel):
    """The fields of one request: strict types, nothing unknown."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


def init_app(app: Flask, settings: Settings) -> None:
    """Which hosts, proxies and body sizes we accept, and which headers every answer carries."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.config["MAX_FORM_PARTS"] = 100
    # Links come from PUBLIC_URL alone; a forged Host gets no answer. A local caller may name this machine.
    ours = [urlsplit(address).hostname for address in (settings.public_url, settings.staff_url)]
    app.config["TRUSTED_HOSTS"] = [*ours, *_LOOPBACK_HOSTS]
    if settings.trusted_proxy_hops:
        hops = settings.trusted_proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0, x_port=0)  # type: ignore[method-assign]
    app.session_interface = _Sessions()
    app.before_request(_refuse_nul)
    app.wsgi_app = _WithHeaders(app.wsgi_app, settings)  # type: ignore[method-assign]


def _refuse_nul() -> None:
    """No address of ours has this character, and PostgreSQL takes no text that has it."""
    if "\x00" in request.path or b"%00" in request.query_string or b"\x00" in request.query_string:
        raise MalformedRequest("A NUL character has no place in an address.")


def read_body(model: type[M]) -> M:
    """The request's JSON object or form as `model`.

    Raises MalformedRequest for a body that is neither; InvalidInput names every field that is missing, unknown,
    sent twice or of a wrong type.
    """
    return checked(model, _json_fields() if request.is_json else _form_fields())


def read_json(model: type[M]) -> M:
    """The request's JSON object as `model`; any other content type is a MalformedRequest."""
    if not request.is_json:
        raise MalformedRequest("Send a JSON object with Content-Type: application/json.")
    return read_body(model)


def read_query(model: type[M]) -> M:
    """The address's query as `model`; raises InvalidInput as `read_body` does."""
    return checked(model, _once(request.args.items(multi=True)))


def checked(model: type[M], fields: dict[str, Any]) -> M:
    """Fields from outside as `model`; raises InvalidInput as `read_body` does."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise InvalidInput(_field_errors(error)) from None


def _json_fields() -> dict[str, Any]:
    try:
        fields = json.loads(request.get_data().decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise MalformedRequest("The body is not valid JSON.") from None
    if not isinstance(fields, dict):
        raise MalformedRequest("The body must be a JSON object.")
    return fields


def _form_fields() -> dict[str, Any]:
    if request.mimetype not in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        raise MalformedRequest("Send a form or a JSON object.")
    fields = _once(request.form.items(multi=True))
    # A form sends its empty inputs, too: they were not filled in.
    return {name: value for name, value in fields.items() if value != ""}


def _once(pairs: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    errors = []
    for name, value in pairs:
        if name in fields:
            errors.append(FieldError(name[:100], _("Send this once.")))
        if isinstance(value, str) and "\x00" in value:
            errors.append(FieldError(name[:100], _("This cannot be used.")))
        fields[name] = value
    if errors:
        raise InvalidInput(errors)
    return fields


def _no_constant(name: str) -> None:
    raise ValueError(name)


def told(sentence: str) -> PydanticCustomError:
    """What a validator of a Body raises, so that whoever typed it reads this sentence."""
    return PydanticCustomError(_TOLD, "{sentence}", {"sentence": sentence})


def _field_errors(error: ValidationError) -> list[FieldError]:
    return [
        FieldError(".".join(str(part) for part in one["loc"])[:100] or "body", _sentence(one))
        for one in error.errors(include_input=False, include_url=False)
    ]


def _sentence(one: ErrorDetails) -> str:
    sentences = {
        "missing": _("This is required."),
        "extra_forbidden": _("There is no such field here."),
        "string_type": _("Send this as text."),
        "string_too_long": _("This is too long."),
        "string_too_short": _("This is too short."),
        "string_pattern_mismatch": _("This has the wrong form."),
        _TOLD: one["msg"],
    }
    if one["type"] == "literal_error":
        words = one["ctx"]["expected"].replace("'", "").replace(" or ", ", ")
        return _("Use one of: %(words)s.") % {"words": words}
    return sentences.get(one["type"], _("This cannot be used."))


def cookie_name(name: str) -> str:
    """`__Host-…` where readers come by https; `support_…` on loopback, where that prefix is refused."""
    settings: Settings = current_app.extensions["settings"]
    return f"__Host-{name}" if settings.is_secure else f"support_{name}"


def set_cookie(response: Response, name: str, value: str, max_age: int) -> None:
    """A first-party cookie of ours (seconds of life), invisible to scripts and to other sites' requests."""
    response.set_cookie(cookie_name(name), value, max_age=max_age, **_cookie_rules(name))


def delete_cookie(response: Response, name: str) -> None:
    """Take one of our cookies away."""
    response.delete_cookie(cookie_name(name), **_cookie_rules(name))


def clear_site_data(response: Response) -> None:
    """Let the browser forget our pages when somebody signs out."""
    # Not "cookies": that would take those of the news site away, too, if it shares our domain.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'


def _cookie_rules(name: str) -> dict[str, Any]:
    settings: Settings = current_app.extensions["settings"]
    same_site = "Strict" if name in _STRICT_COOKIES else "Lax"
    return {"path": "/", "secure": settings.is_secure, "httponly": True, "samesite": same_site}


def _page_policy(settings: Settings) -> str:
    # A form that is answered by a redirect needs its target here as well, or browsers stop at the redirect.
    is_stripe = settings.stripe_api_base == STRIPE_API_BASE
    stripe = "https://checkout.stripe.com https://billing.stripe.com" if is_stripe else settings.stripe_api_base
    return (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        f"script-src 'self'; form-action 'self' {stripe}; base-uri 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'"
    )


def _header_table(settings: Settings) -> dict[bool, tuple[tuple[str, str], ...]]:
    """{whether it is a page: the headers that an answer carries unless its view says otherwise}."""
    everywhere: tuple[tuple[str, str], ...] = (
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Content-Security-Policy", _page_policy(settings)),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    )
    if settings.is_secure:
        everywhere += (("Strict-Transport-Security", "max-age=31536000"),)
    return {
        False: everywhere,
        True: (*everywhere, ("X-Frame-Options", "DENY"), ("Cross-Origin-Opener-Policy", "same-origin")),
    }


class _WithHeaders:
    """Nothing is kept by a cache, framed or sniffed unless the view says otherwise itself.

    Put in when the answer leaves: there its headers are a plain list, and this runs for every pass that is shown.
    """

    def __init__(self, app: WSGIApplication, settings: Settings) -> None:
        self._app = app
        self._tables = {
            is_page: tuple((pair[0].lower(), pair) for pair in table)
            for is_page, table in _header_table(settings).items()
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """See WSGI (PEP 3333)."""

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            present = {name.lower(): value for name, value in headers}
            table = self._tables[present.get("content-type", "").startswith("text/html")]
            headers += [pair for name, pair in table if name not in present]
            return start_response(status, headers, exc_info)

        return self._app(environ, start)


class _Sessions(SecureCookieSessionInterface):
    """Flask's cookie session where somebody may be signed in; elsewhere its signer costs a third of bare Flask."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """See SessionInterface; None becomes an empty session that cannot be written."""
        return None if request.path.startswith(_WITHOUT_SESSION) else super().open_session(app, request)


def see_other(address: str) -> Response:
    """303: go there with GET."""
    return Response(status=303, headers={"Location": address})
