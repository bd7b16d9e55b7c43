"""The gate's addresses: may this reader read this article, passes for pages on another site, membership checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import orjson
from flask import Blueprint, Response, current_app, jsonify, request

from support import clock, guards
from support.access.forms import AccessQuery, MembershipBody, PassBody, PassQuery
from support.access.keys import current_keys
from support.access.operations import make_pass_code, make_renewal, redeem_code, redeem_renewal
from support.access.passes import BadPass, issue_pass, rfc3339, verify_pass
from support.access.queries import current_gate, entitlements_of_supporter
from support.access.reading import begin_reading, grace, reader_by_cookie, reader_of_session
from support.access.rules import ALL_MEMBERS, Denied, Entitlement, Granted, Policy, decide
from support.accounts.queries import supporter_id_of_address
from support.addresses import BadAddress, article_address, origin_of, path_of, return_address
from support.db import current_database
from support.errors import FieldError, InvalidInput, NotAuthenticated
from support.http import read_json, read_query, see_other
from support.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.settings import Settings
    from support.access.operations import RedeemedCode
    from support.access.reading import Reader

gate = Blueprint("gate", __name__)
_MEMBERS = Policy("members")
_PREFLIGHT = [
    ("Access-Control-Allow-Methods", "GET, POST"),
    ("Access-Control-Allow-Headers", "Authorization, Content-Type"),
    ("Access-Control-Max-Age", "600"),
]


@gate.get("/api/v1/access")
@guards.reader
def access() -> Response:
    """May whoever asks read this article? Asks, never counts."""
    article = _article(read_query(AccessQuery).article)
    decision = _by_pass(article)
    token = None
    if not isinstance(decision, Granted):
        with current_database().reading() as session:
            reader = reader_by_cookie(session)
        decision = _decide(article, reader.entitlements)
        token = _pass_for_page(article, decision, reader)
    return Response(orjson.dumps(_answer(article, decision, token)), 200, content_type="application/json")


@gate.get("/pass")
@guards.reader
def carry_pass() -> Response:
    """Back to `return_to` with `support_code=…`, empty if this reader has nothing that opens the article there."""
    query = read_query(PassQuery)
    return_to = _return_to(query.return_to)
    article = _article(return_to)
    response = see_other("")
    reading = begin_reading(response)
    code = ""
    if reading is not None:
        with current_database().transaction() as session:
            reader = reader_of_session(session, reading)
            decision = _decide(article, reader.entitlements)
            if isinstance(decision, Granted) and decision.entitlement is not None:
                code = make_pass_code(session, reading, article, query.code_challenge, clock.now())
    response.location = _with_code(return_to, code)
    return response


@gate.post("/api/v1/passes")
@guards.reader
def exchange() -> Response:
    """A code with its verifier, or a renewal, for a pass and the next renewal. Anything not good: 401."""
    body = read_json(PassBody)
    is_code = body.code is not None and body.code_verifier is not None and body.renewal is None
    is_renewal = body.renewal is not None and body.code is None and body.code_verifier is None
    if not (is_code or is_renewal):
        raise InvalidInput([FieldError("code", _("Send code and code_verifier, or renewal."))])
    now = clock.now()
    # Using it up and making the next one commit together: a crash between the two would leave the reader without any.
    with current_database().transaction() as session:
        if is_code:
            redeemed = redeem_code(session, str(body.code), str(body.code_verifier), now)
        else:
            redeemed = redeem_renewal(session, str(body.renewal), now)
        if redeemed is not None and _may_hold(redeemed):
            reader = reader_of_session(session, redeemed.reading_session_id)
            decision = _decide(redeemed.article, reader.entitlements)
            entitlement = decision.entitlement if isinstance(decision, Granted) else None
            renewal = make_renewal(session, redeemed, now) if entitlement is not None else None
        else:
            entitlement = None
    if redeemed is None or entitlement is None:
        raise NotAuthenticated("This code or renewal is not valid any more, or nothing opens its article.")
    token = issue_pass(entitlement, origin_of(redeemed.article), reader.subject)
    return jsonify({"pass": token, "until": rfc3339(entitlement.until), "renewal": renewal})


@gate.post("/api/v1/memberships/check")
@guards.site_server
def check_membership() -> Response:
    """Does an address, or whoever holds a pass, have what policy `members` asks for?"""
    body = read_json(MembershipBody)
    if (body.email is None) == (body.pass_ is None):
        raise InvalidInput([FieldError("email", _("Send exactly one of email and pass."))])
    found = _of_address(body.email) if body.email is not None else _of_pass(str(body.pass_))
    decision = decide("", _MEMBERS, found, clock.now())
    entitlement = decision.entitlement if isinstance(decision, Granted) else None
    return jsonify(
        member=entitlement is not None,
        plan=entitlement.plan if entitlement else None,
        until=rfc3339(entitlement.until) if entitlement else None,
        reason=decision.reason,
    )


@gate.get("/.well-known/jwks.json")
@guards.anyone
def jwks() -> Response:
    """The public keys that verify passes."""
    response = jsonify(current_keys().jwks())
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@gate.after_request
def allow_news_origins(response: Response) -> Response:
    """Pages on the news site, and no others, may ask with their reader's cookies."""
    if not request.path.startswith("/api/v1/"):
        return response
    headers = [("Vary", "Origin")]
    origin = _page_origin()
    if origin is not None:
        headers += [
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Credentials", "true"),
            ("Cross-Origin-Resource-Policy", "cross-origin"),
        ]
        if request.method == "OPTIONS":
            headers += _PREFLIGHT
    response.headers.extend(headers)
    return response


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _page_origin() -> str | None:
    origin = request.headers.get("Origin")
    return origin if origin in _settings().news_origins else None


def _article(text: str) -> str:
    try:
        return article_address(text, _settings().news_origins)
    except BadAddress:
        raise InvalidInput([FieldError("article", _("This is no address on the news site."))]) from None


def _return_to(text: str) -> str:
    try:
        return return_address(text, _settings().news_origins)
    except BadAddress:
        raise InvalidInput([FieldError("return_to", _("This is no address on the news site."))]) from None


def _decide(article: str, entitlements: Sequence[Entitlement]) -> Granted | Denied:
    return decide(article, current_gate().policy_for(path_of(article)), entitlements, clock.now())


def _by_pass(article: str) -> Granted | Denied:
    """What the pass in `Authorization` decides; one that is not good, or for another site, decides nothing."""
    found = []
    if token := guards.bearer_token():
        try:
            held = verify_pass(token)
        except BadPass:
            pass
        else:
            found = [held.entitlement] if held.origin == origin_of(article) else []
    return _decide(article, found)


def _pass_for_page(article: str, decision: Granted | Denied, reader: Reader) -> str | None:
    if _page_origin() is None or not isinstance(decision, Granted) or decision.entitlement is None:
        return None
    return issue_pass(decision.entitlement, origin_of(article), reader.subject)


def _answer(article: str, decision: Granted | Denied, token: str | None) -> dict[str, Any]:
    entitlement = decision.entitlement if isinstance(decision, Granted) else None
    return {
        "article": article,
        "access": "granted" if isinstance(decision, Granted) else "denied",
        "reason": decision.reason,
        "plan": entitlement.plan if entitlement else None,
        "until": rfc3339(entitlement.until) if entitlement else None,
        "meter": None,
        "pass": token,
    }


def _may_hold(redeemed: RedeemedCode) -> bool:
    """A browser must be on the origin that the code was made for; the site's server sends no Origin."""
    return request.headers.get("Origin") in {None, origin_of(redeemed.article)}


def _with_code(return_to: str, code: str) -> str:
    url = urlsplit(return_to)
    query = [(name, value) for name, value in parse_qsl(url.query, keep_blank_values=True) if name != "support_code"]
    return urlunsplit(url._replace(query=urlencode([*query, ("support_code", code)])))


def _of_address(email: str) -> list[Entitlement]:
    with current_database().reading() as session:
        supporter_id = supporter_id_of_address(session, email)
        return [] if supporter_id is None else entitlements_of_supporter(session, supporter_id, grace(), clock.now())


def _of_pass(token: str) -> list[Entitlement]:
    try:
        entitlement = verify_pass(token).entitlement
    except BadPass:
        raise InvalidInput([FieldError("pass", _("This is no valid pass."))]) from None
    return [entitlement] if entitlement.opens == ALL_MEMBERS else []
