"""One payment, one payout, and the listings under the figures of reports."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Response, render_template, request

from support import guards
from support.audit import record_look
from support.db import current_database
from support.desk.books.queries import whole_payment, whole_payout
from support.desk.exporting import ExportForm, send
from support.desk.pages import ID, staff_pages
from support.desk.reports.bar import filter_bar, today_here, without_empty
from support.desk.reports.tables import shown
from support.errors import NotFound
from support.finance.exports import OF_LISTINGS
from support.finance.listings import LISTINGS
from support.finance.listings.forms import ListingQuery, check_listing
from support.finance.reports.shape import Table
from support.http import read_body, read_query, see_other

payments = staff_pages("payments")
ledger = staff_pages("ledger")


@payments.get("/finance/payments")
@guards.staff("finance", "admin")
def listing() -> Response | tuple[str, int]:
    """Payments one by one."""
    return _listing("payments")


@payments.post("/finance/payments")
@guards.staff("finance", "admin")
def export_payments() -> Response:
    """Payments as a file, under the filters of the address."""
    return _export("payments")


@payments.get("/finance/refunds")
@guards.staff("finance", "admin")
def refunds() -> Response | tuple[str, int]:
    """Refunds one by one."""
    return _listing("refunds")


@payments.post("/finance/refunds")
@guards.staff("finance", "admin")
def export_refunds() -> Response:
    """Refunds as a file, under the filters of the address."""
    return _export("refunds")


@payments.get("/finance/failures")
@guards.staff("finance", "admin")
def failures() -> Response | tuple[str, int]:
    """Refused charges one by one."""
    return _listing("failures")


@payments.post("/finance/failures")
@guards.staff("finance", "admin")
def export_failures() -> Response:
    """Refused charges as a file, under the filters of the address."""
    return _export("failures")


@payments.get("/finance/movements")
@guards.staff("finance", "admin")
def movements() -> Response | tuple[str, int]:
    """Whose memberships became worth more or less, by month."""
    return _listing("movements")


@payments.post("/finance/movements")
@guards.staff("finance", "admin")
def export_movements() -> Response:
    """The same as a file, under the filters of the address."""
    return _export("movements")


@payments.get("/finance/comings")
@guards.staff("finance", "admin")
def comings() -> Response | tuple[str, int]:
    """Who became a member and who ceased to be one, by month."""
    return _listing("comings")


@payments.post("/finance/comings")
@guards.staff("finance", "admin")
def export_comings() -> Response:
    """The same as a file, under the filters of the address."""
    return _export("comings")


@payments.get(f"/finance/payments/<{ID}:payment_id>")
@guards.staff("finance", "admin")
def payment(payment_id: int) -> str:
    """One payment, and everything that belongs to it."""
    with current_database().transaction() as session:
        whole = whole_payment(session, payment_id)
        if whole is None:
            raise NotFound("There is no such payment.")
        record_look(session, whole.payment.supporter_id, f"payment {payment_id}")
        return render_template("desk/payment.html", whole=whole)


@ledger.get("/finance/ledger")
@guards.staff("finance", "admin")
def entries() -> Response | tuple[str, int]:
    """Every movement of the balance at Stripe."""
    return _listing("ledger")


@ledger.post("/finance/ledger")
@guards.staff("finance", "admin")
def export_entries() -> Response:
    """The ledger as a file, under the filters of the address."""
    return _export("ledger")


@ledger.get("/finance/payouts/<stripe_payout_id>")
@guards.staff("finance", "admin")
def payout(stripe_payout_id: str) -> str:
    """One payout: what it consists of, and whether that makes its amount."""
    with current_database().reading() as session:
        whole = whole_payout(session, stripe_payout_id[:255])
    if whole is None:
        raise NotFound("There is no such payout.")
    return render_template("desk/payout.html", whole=whole, state=type(whole.state).__name__)


def _listing(name: str) -> Response | tuple[str, int]:
    """A page of a listing, and the address of the next; with a bad filter, what is wrong with it and no rows."""
    if (shorter := without_empty()) is not None:
        return see_other(shorter)
    its = LISTINGS[name]
    today, zone = today_here()
    with current_database().reading() as session:
        bar = filter_bar(session, its)
        if bar.filters is None:
            return render_template("desk/listing.html", listing=its, bar=bar), 422
        page = its.page(session, read_query(ListingQuery), today, zone)
        table = shown(Table(name, its.title, page.columns, page.rows), zone)
    following = f"{request.path}?{urlencode({**bar.asked, 'after': page.next})}" if page.next else None
    is_first = "after" not in request.args
    return render_template(
        "desk/listing.html",
        listing=its,
        bar=bar,
        table=table,
        following=following,
        is_first=is_first,
    ), 200


def _export(name: str) -> Response:
    form = read_body(ExportForm)
    with current_database().reading() as session:
        asked = check_listing(session, LISTINGS[name], read_query(ListingQuery), *today_here())
    return send(OF_LISTINGS[name], asked.filters, form)
