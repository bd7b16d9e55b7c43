"""/staff/invitation/<token>, /staff/authenticator: from a mailed link to both proofs."""

from __future__ import annotations

from http import HTTPStatus

import segno
from flask import Response, render_template, request, url_for

from support import clock, guards
from support.accounts.staff.invitations import Setup, address_of_invitation, join, setup_of, take
from support.accounts.staff.passwords import hash_password
from support.accounts.staff.rules import MIN_PASSWORD, SETUP_LIFE, fault_of_password
from support.accounts.staff.second_step import link_for_apps
from support.accounts.staff.sign_ins import begin_sign_in
from support.db import current_database
from support.desk.entrance.forms import ChosenPasswordBody, PhoneBody, StaffCodeBody
from support.desk.pages import staff_pages
from support.errors import InvalidInput
from support.http import cookie_name, delete_cookie, read_body, see_other, set_cookie
from support.tokens import new_token

joining = staff_pages("joining")

_SETUP = "staff_setup"
_MAX_TOKEN = 100


@joining.get("/staff/invitation/<token>")
@guards.our_page
def invitation(token: str) -> Response:
    """Ask for a password. Looking uses nothing up: mail scanners look at every link."""
    email = _address(token)
    return _over() if email is None else _password_page(token, email, "")


@joining.post("/staff/invitation/<token>")
@guards.our_page
def choose_password(token: str) -> Response:
    """Use the link up, for this browser."""
    email = _address(token)
    if email is None:
        return _over()
    try:
        password = read_body(ChosenPasswordBody).password
    except InvalidInput as error:
        return _password_page(token, email, error.errors[0].message)
    fault = fault_of_password(password, email)
    if fault is not None:
        return _password_page(token, email, fault)
    password_hash, browser = hash_password(password), new_token()
    with current_database().transaction() as session:
        is_ours = take(session, token, browser, password_hash, clock.now())
    if not is_ours:
        return _over()
    response = see_other(url_for(".authenticator"))
    set_cookie(response, _SETUP, browser, int(SETUP_LIFE.total_seconds()))
    return response


@joining.get("/staff/authenticator")
@guards.our_page
def authenticator() -> Response:
    """Show the secret for the phone, to the browser that took the invitation and to no other."""
    setup = _setup()
    return _over() if setup is None else secret_page(setup, url_for(".authenticator"))


@joining.post("/staff/authenticator")
@guards.our_page
def prove_authenticator() -> Response:
    """Take the first code: from now on the member is one, signed in here, and sees the recovery codes this once."""
    setup = _setup()
    if setup is None:
        return _over()
    response = end_setup(setup, StaffCodeBody, url_for(".authenticator"))
    if response.status_code == HTTPStatus.OK:
        delete_cookie(response, _SETUP)
    return response


def end_setup(setup: Setup, form: type[StaffCodeBody | PhoneBody], action: str) -> Response:
    """Take the first code of the secret: sign the member in here and show the recovery codes; or ask for it again."""
    try:
        typed = read_body(form).code
    except InvalidInput:
        return secret_page(setup, action, "Type the six digits that your phone shows.")
    now, response = clock.now(), Response()
    with current_database().transaction() as session:
        joined = join(session, setup, typed, now)
        if joined is not None:
            begin_sign_in(session, response, joined.staff_id, now, now)
    if joined is None:
        return secret_page(setup, action, "This code is not right. Is the clock of your phone?")
    response.set_data(render_template("desk/recovery_codes.html", codes=joined.recovery_codes, step="Step 3 of 3"))
    return response


def secret_page(setup: Setup, action: str, wrong: str = "") -> Response:
    """The secret as a picture and as text, and the question for its first code, which goes to `action`."""
    link = link_for_apps(setup.secret, setup.email)
    picture = segno.make(link, error="m").svg_inline(scale=4, border=4, light="#fff", omitsize=True)
    secret = " ".join(setup.secret[i : i + 4] for i in range(0, len(setup.secret), 4))
    shown = {"link": link, "picture": picture, "secret": secret, "action": action, "wrong": wrong}
    return Response(render_template("desk/authenticator.html", **shown), 422 if wrong else 200)


def _address(token: str) -> str | None:
    with current_database().reading() as session:
        return address_of_invitation(session, token, clock.now())


def _setup() -> Setup | None:
    browser = request.cookies.get(cookie_name(_SETUP), "")
    if not 0 < len(browser) <= _MAX_TOKEN:
        return None
    with current_database().reading() as session:
        return setup_of(session, browser, clock.now())


def _password_page(token: str, email: str, wrong: str) -> Response:
    page = render_template("desk/invitation.html", token=token, email=email, wrong=wrong, least=MIN_PASSWORD)
    return Response(page, 422 if wrong else 200)


def _over() -> Response:
    return Response(render_template("desk/invitation_over.html"), 410)
