"""Who may call a view. Every view names its guard; a test walks the URL map and fails on one that names nobody.

A guard declares and enforces; what it enforces with (who holds this API key?) is registered by the package that
knows, at start.
"""

from __future__ import annotations

import functools
import hmac
from typing import TYPE_CHECKING, ParamSpec, Protocol, TypeVar

from flask import current_app, request

from support.errors import Forbidden, NotAuthenticated, SignInRequired, StaffSignInRequired
from support.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from config.settings import Settings

P = ParamSpec("P")
R = TypeVar("R")
_SAFE = ("GET", "HEAD", "OPTIONS")
# Who may see what is said where each page is: `@guards.staff("finance", "admin")`.
ROLES = ("finance", "editor", "admin")


class Person(Protocol):
    """Whoever is signed in. `form_key` is in every form that this sign-in is shown, and unknown to other sites."""

    @property
    def form_key(self) -> str:
        """The text that a form must bring back."""


class StaffPerson(Person, Protocol):
    """A staff member who has given both proofs."""

    @property
    def role(self) -> str:
        """One of ROLES."""


def init_app(app: Flask) -> None:
    """Flask's own view of static files is for anyone, too."""
    _named("anyone", app.view_functions["static"])


def guard_of(view: Callable[..., object]) -> str | None:
    """Which guard a view names: the name of one of the functions below, `staff` with its roles; or None."""
    guard: str | None = getattr(view, "guard", None)
    return guard


def anyone(view: Callable[P, R]) -> Callable[P, R]:
    """Readers without any proof of who they are; the view gives nothing away about anybody."""
    return _named("anyone", view)


def reader(view: Callable[P, R]) -> Callable[P, R]:
    """Anyone may call; what is answered depends on the pass or first-party cookie that comes along."""
    return _named("reader", view)


def our_page(view: Callable[P, R]) -> Callable[P, R]:
    """Readers without any proof of who they are; what changes something must come from a page of ours."""

    @functools.wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        _refuse_other_sites()
        return view(*args, **kwargs)

    return _named("our_page", guarded)


def supporter(view: Callable[P, R]) -> Callable[P, R]:
    """A supporter who has proven an address and is signed in; others are led to the sign-in.

    What changes something must come from a page of ours and bring the `form_key` of this very sign-in.
    """

    @functools.wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        _refuse_other_sites()
        person: Person | None = current_app.extensions["find_supporter"]()
        if person is None:
            raise SignInRequired
        _refuse_other_forms(person)
        return view(*args, **kwargs)

    return _named("supporter", guarded)


def register_supporters(app: Flask, find_supporter: Callable[[], Person | None]) -> None:
    """Tell `supporter` how to find who is signed in."""
    app.extensions["find_supporter"] = find_supporter


def staff(*roles: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Staff who are signed in with both proofs and have one of these roles; others are led to the sign-in, or refused.

    What changes something must come from a page of ours and bring the `form_key` of this very sign-in.
    """
    if not roles or not set(roles) <= set(ROLES):
        raise ValueError(f"{roles} are not all roles of staff")

    def guard(view: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            _refuse_other_sites()
            person: StaffPerson | None = current_app.extensions["find_staff"]()
            if person is None:
                raise StaffSignInRequired
            if person.role not in roles:
                raise Forbidden("Your role does not open this page. An admin can change it.")
            _refuse_other_forms(person)
            return view(*args, **kwargs)

        return _named(" ".join(("staff", *roles)), guarded)

    return guard


def register_staff(app: Flask, find_staff: Callable[[], StaffPerson | None]) -> None:
    """Tell `staff` how to find who is signed in."""
    app.extensions["find_staff"] = find_staff


def is_for_staff(view: Callable[..., object]) -> bool:
    """Whether a view is behind `staff`, whatever the roles."""
    return (guard_of(view) or "").startswith("staff ")


def _refuse_other_forms(person: Person) -> None:
    """A form that no page of this sign-in has shown."""
    if request.method in _SAFE:
        return
    brought = request.form.get("form_key", "")
    if not hmac.compare_digest(brought.encode(), person.form_key.encode()):
        raise Forbidden(_("This page was too old. Please open it again and try once more."))


def _refuse_other_sites() -> None:
    """The second wall behind SameSite cookies, and the only one where nobody is signed in yet.

    Browsers say where a request comes from in Sec-Fetch-Site. Older ones have Origin, which our own pages send as
    `null`, because they send no referrer.
    """
    if request.method in _SAFE:
        return
    site = request.headers.get("Sec-Fetch-Site")
    settings: Settings = current_app.extensions["settings"]
    origins = {None, "null", settings.public_url, settings.staff_url}
    is_ours = site in {"same-origin", "none"} if site is not None else request.headers.get("Origin") in origins
    if not is_ours:
        raise Forbidden(_("This came from another site. Please open our own page and try once more."))


def stripe(view: Callable[P, R]) -> Callable[P, R]:
    """Only Stripe: the view itself verifies the signature over the raw body."""
    return _named("stripe", view)


def site_server(view: Callable[P, R]) -> Callable[P, R]:
    """A server of the newsroom's: `Authorization: Bearer <API key>`, else 401."""

    @functools.wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if not current_app.extensions["is_api_key"](bearer_token()):
            raise NotAuthenticated("This address needs an API key: Authorization: Bearer <key>.")
        return view(*args, **kwargs)

    return _named("site_server", guarded)


def register_api_keys(app: Flask, is_api_key: Callable[[str], bool]) -> None:
    """Tell `site_server` how to judge a key; an absent one arrives as an empty text."""
    app.extensions["is_api_key"] = is_api_key


def bearer_token() -> str:
    """What follows `Authorization: Bearer`, or an empty text."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _named(guard: str, view: Callable[P, R]) -> Callable[P, R]:
    view.guard = guard  # type: ignore[attr-defined]
    return view
