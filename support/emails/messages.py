"""One function per mail: plain values in, the locale among them; out comes the mail in that language, text and HTML.

The texts are in templates/emails/<name>/{subject.txt,body.txt,body.html}. Days are days of NEWSROOM_TIME_ZONE.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import current_app, render_template

from support.i18n import DEFAULT, in_locale

if TYPE_CHECKING:
    from datetime import date, datetime

    from config.settings import Settings
    from support.money import Money


@dataclass(frozen=True)
class Message:
    """A mail to one address. `sent_by` is the host in its Message-ID; after `expires_at` it is useless and not sent."""

    name: str
    to: str
    locale: str
    subject: str
    text: str
    html: str
    sent_by: str
    reply_to: str | None = None
    expires_at: datetime | None = None


def sign_in(to: str, locale: str, *, link: str, code: str, minutes: int, expires_at: datetime) -> Message:
    """The link and the code that sign a supporter in."""
    message = _message("sign_in", to, locale, link=link, code=code, minutes=minutes)
    return replace(message, expires_at=expires_at)


def staff_invitation(to: str, locale: str, *, link: str, hours: int, expires_at: datetime) -> Message:
    """The link with which somebody of the newsroom joins, or joins anew."""
    return replace(_message("staff_invitation", to, locale, link=link, hours=hours), expires_at=expires_at)


def staff_proofs_changed(to: str, *, what: str, changed_at: datetime) -> Message:
    """To a member of staff, in English as their pages: `what` the member signs in with is another one now."""
    return _message("staff_proofs_changed", to, DEFAULT, what=what, changed_at=changed_at)


def unknown_address(to: str, locale: str, *, help_link: str, expires_at: datetime) -> Message:
    """Somebody tried to sign in with this address, and nothing was ever given under it."""
    return replace(_message("unknown_address", to, locale, help_link=help_link), expires_at=expires_at)


def help_wanted(to: str, locale: str, *, reader: str, words: str) -> Message:
    """To the newsroom: a reader has paid and cannot read. Answers go to the reader."""
    return replace(_message("help_wanted", to, locale, reader=reader, words=words), reply_to=reader)


def alarm(to: str, *, what: str, advice: str) -> Message:
    """To the operators, in English: something needs a person."""
    return _message("alarm", to, DEFAULT, what=what, advice=advice)


def receipt(
    to: str, locale: str, *, number: str, amount: Money, tax: Money | None, paid_on: date, plan: str, link: str
) -> Message:
    """Thanks for a donation or a first payment; `tax` is the part of `amount` that is tax, None if there is none."""
    return _message("receipt", to, locale, number=number, amount=amount, tax=tax, paid_on=paid_on, plan=plan, link=link)


def renewal(
    to: str,
    locale: str,
    *,
    number: str,
    amount: Money,
    tax: Money | None,
    paid_on: date,
    paid_until: date,
    plan: str,
    link: str,
) -> Message:
    """The receipt of a renewal: what it paid for, and until when."""
    values: dict[str, Any] = {"number": number, "amount": amount, "tax": tax, "paid_on": paid_on}
    return _message("renewal", to, locale, paid_until=paid_until, plan=plan, link=link, **values)


def upcoming_renewal(to: str, locale: str, *, amount: Money, renews_on: date, plan: str, link: str) -> Message:
    """A yearly membership will be charged on this day; `link` leads to where it can be changed or canceled."""
    return _message("upcoming_renewal", to, locale, amount=amount, renews_on=renews_on, plan=plan, link=link)


def payment_failed(
    to: str, locale: str, *, amount: Money, plan: str, link: str, next_try_on: date | None, reads_until: date | None
) -> Message:
    """A renewal was not paid. `link` fixes it; `next_try_on` is Stripe's next try, None if there is none."""
    values: dict[str, Any] = {"next_try_on": next_try_on, "reads_until": reads_until}
    return _message("payment_failed", to, locale, amount=amount, plan=plan, link=link, **values)


def action_required(to: str, locale: str, *, amount: Money, plan: str, link: str) -> Message:
    """The bank wants the supporter to confirm a payment, on Stripe's page at `link`."""
    return _message("action_required", to, locale, amount=amount, plan=plan, link=link)


def canceled(to: str, locale: str, *, plan: str, reads_until: date | None, link: str) -> Message:
    """A membership will not be renewed; None if nothing is open any more. `link` leads back to the ask."""
    return _message("canceled", to, locale, plan=plan, reads_until=reads_until, link=link)


def refund(
    to: str, locale: str, *, number: str, refunded: Money, paid: Money, refunded_on: date, still_opens: bool
) -> Message:
    """Money goes back; `number` is that of the payment's receipt."""
    values: dict[str, Any] = {"number": number, "refunded": refunded, "paid": paid, "refunded_on": refunded_on}
    return _message("refund", to, locale, still_opens=still_opens, **values)


def card_expiring(to: str, locale: str, *, last4: str, expires_on: date, plan: str, link: str) -> Message:
    """The card that pays for a membership expires at the end of this month; `link` leads to where it is replaced."""
    return _message("card_expiring", to, locale, last4=last4, expires_on=expires_on, plan=plan, link=link)


def _message(name: str, to: str, locale: str, **values: Any) -> Message:
    settings: Settings = current_app.extensions["settings"]
    with in_locale(locale):
        subject, text, html = (
            render_template(f"emails/{name}/{part}", **values) for part in ("subject.txt", "body.txt", "body.html")
        )
    return Message(
        name=name,
        to=to,
        locale=locale,
        subject=" ".join(subject.split()),
        text=text.strip() + "\n",
        html=html,
        sent_by=urlsplit(settings.public_url).hostname or "localhost",
    )
