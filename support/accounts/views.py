"""/account/…: signing in by mail, help for those who paid and cannot read, signing out."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, render_template, request, url_for

from support import clock, guards
from support.accounts import rules
from support.accounts.forms import CodeBody, HelpBody, SignInBody, mail_address, way_back
from support.accounts.links import Asked, LinkOnly, address_asked_for, address_of_link, mail_link, use_code, use_link
from support.accounts.sign_ins import begin_sign_in, current_supporter, end_everywhere, end_sign_in, the_supporter
from support.db import current_database
from support.emails import messages
from support.emails.operations import queue
from support.errors import InvalidInput
from support.http import clear_site_data, cookie_name, read_body, see_other, set_cookie
from support.i18n import DEFAULT, choose, current_locale, known
from support.i18n import gettext as _
from support.limits import client_network, count_try, may_try
from support.tokens import new_token

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from config.settings import Settings
    from support.accounts.links import Proven

accounts = Blueprint("accounts", __name__)

_BROWSER = "sign_in"
_BROWSER_SECONDS = 60 * 60
_MAX_TOKEN = 100


@accounts.get("/account/sign-in")
@guards.our_page
def sign_in() -> str | Response:
    """Ask for a link."""
    if current_supporter() is not None:
        return see_other("/account")
    return render_template("accounts/sign_in.html", values=request.args, errors={})


@accounts.post("/account/sign-in")
@guards.our_page
def ask_for_link() -> Response:
    """Mail the link; the answer is the same whoever asks for whom."""
    _choose_locale()
    try:
        body = read_body(SignInBody)
        email = mail_address(body.email)
    except InvalidInput as error:
        return _again("accounts/sign_in.html", error)
    asked = Asked(email, _browser() or new_token(), way_back(body.return_to), current_locale())
    now = clock.now()
    with current_database().transaction() as session:
        _count_ask(session, now)
        mail_link(session, asked, now)
    return _look_into_your_mail(asked.browser)


@accounts.get("/account/code")
@guards.our_page
def code() -> str:
    """Look into your mail; or type the code here."""
    return _code_page("")


@accounts.post("/account/code")
@guards.our_page
def take_code() -> Response:
    """Sign in with the code, in the browser that asked for it."""
    _choose_locale()
    browser, now = _browser(), clock.now()
    try:
        typed = read_body(CodeBody).code
    except InvalidInput:
        typed = ""
    response = see_other("")
    try:
        with current_database().transaction() as session:
            count_try(
                session,
                f"sign-in codes {client_network()}",
                allowed=rules.CODES_PER_NETWORK_AND_HOUR,
                window=rules.HOUR,
                now=now,
            )
            proven = use_code(session, browser, typed, now) if browser is not None else None
            if proven is not None:
                begin_sign_in(session, response, proven.supporter_id, now)
    except LinkOnly:
        wrong = _("There were too many wrong codes. Please use the link in the mail instead.")
        return Response(_code_page(wrong), 429, headers={"Retry-After": "3600"})
    if proven is None:
        wrong = _("This code is not right, or too old. It works only in the browser where you asked for it.")
        return Response(_code_page(wrong), 422)
    return _welcome(response, proven)


@accounts.get("/account/link/<token>")
@guards.our_page
def link(token: str) -> Response:
    """A button. Looking at it uses nothing up: mail scanners look at every link, some with JavaScript."""
    now = clock.now()
    with current_database().reading() as session:
        email = address_of_link(session, token, now)
    if email is None:
        return _link_is_over()
    response = Response(render_template("accounts/link.html", token=token, email=email))
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@accounts.post("/account/link/<token>")
@guards.our_page
def take_link(token: str) -> Response:
    """Sign in."""
    _choose_locale()
    now = clock.now()
    response = see_other("")
    with current_database().transaction() as session:
        proven = use_link(session, token, now)
        if proven is not None:
            begin_sign_in(session, response, proven.supporter_id, now)
    return _link_is_over() if proven is None else _welcome(response, proven)


@accounts.get("/account/help")
@guards.our_page
def help_page() -> str:
    """Paid, but cannot read."""
    return render_template("accounts/help.html", values=request.args, errors={})


@accounts.post("/account/help")
@guards.our_page
def ask_for_help() -> Response:
    """A sign-in link for the address; what the reader wrote goes to the newsroom, where somebody can look."""
    _choose_locale()
    try:
        body = read_body(HelpBody)
        email = mail_address(body.email)
    except InvalidInput as error:
        return _again("accounts/help.html", error)
    asked = Asked(email, _browser() or new_token(), None, current_locale())
    now = clock.now()
    with current_database().transaction() as session:
        _count_ask(session, now)
        mail_link(session, asked, now)
        if body.words:
            _tell_newsroom(session, email, body.words, now)
    return _look_into_your_mail(asked.browser, told=bool(body.words))


@accounts.post("/account/sign-out")
@guards.supporter
def sign_out() -> Response:
    """Sign this browser out."""
    response = _goodbye()
    with current_database().transaction() as session:
        end_sign_in(session, response, clock.now())
    return response


@accounts.post("/account/sign-out-everywhere")
@guards.supporter
def sign_out_everywhere() -> Response:
    """Sign out here and wherever else, and close what was open to those browsers."""
    response = _goodbye()
    with current_database().transaction() as session:
        end_everywhere(session, response, the_supporter().supporter_id, clock.now())
    return response


def ask_to_sign_in() -> Response:
    """Whoever needs to sign in first is led there; a form that was sent is not lost silently."""
    if request.method in {"GET", "HEAD"}:
        return see_other(url_for("accounts.sign_in"))
    return Response(render_template("error.html", status=401, code="sign_in_required", detail="", errors=()), 401)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _choose_locale() -> None:
    choose(known(request.form.get("locale")) or current_locale())


def _browser() -> str | None:
    token = request.cookies.get(cookie_name(_BROWSER), "")
    return token if 0 < len(token) <= _MAX_TOKEN else None


def _count_ask(session: Session, now: datetime) -> None:
    name = f"sign-in asks {client_network()}"
    count_try(session, name, allowed=rules.ASKS_PER_NETWORK_AND_HOUR, window=rules.HOUR, now=now)


def _tell_newsroom(session: Session, reader: str, words: str, now: datetime) -> None:
    contact = _settings().newsroom_contact
    name = f"help {client_network()}"
    is_within = may_try(session, name, allowed=rules.HELP_PER_NETWORK_AND_HOUR, window=rules.HOUR, now=now) and may_try(
        session, "help everywhere", allowed=rules.HELP_EVERYWHERE_PER_DAY, window=rules.DAY, now=now
    )
    if contact and is_within:
        queue(session, messages.help_wanted(contact, DEFAULT, reader=reader, words=words), now)


def _look_into_your_mail(browser: str, *, told: bool = False) -> Response:
    query = {"locale": current_locale()} | ({"told": "1"} if told else {})
    response = see_other(f"{url_for('accounts.code')}?{urlencode(query)}")
    set_cookie(response, _BROWSER, browser, _BROWSER_SECONDS)
    return response


def _code_page(wrong: str) -> str:
    browser = _browser()
    email = None
    if browser is not None:
        with current_database().reading() as session:
            email = address_asked_for(session, browser, clock.now())
    return render_template("accounts/code.html", email=email, wrong=wrong, told="told" in request.args)


def _link_is_over() -> Response:
    return Response(render_template("accounts/link_over.html"), 410)


def _welcome(response: Response, proven: Proven) -> Response:
    # The way back is a link on our page: a form's answer may not lead to another site (form-action).
    query = f"?{urlencode({'return_to': proven.return_to})}" if proven.return_to else ""
    response.location = f"/account{query}"
    return response


def _goodbye() -> Response:
    response = see_other(url_for("accounts.sign_in"))
    clear_site_data(response)
    return response


def _again(template: str, error: InvalidInput) -> Response:
    errors = {one.field: one.message for one in error.errors}
    return Response(render_template(template, values=request.form, errors=errors), 422)
