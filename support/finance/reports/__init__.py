"""What finance staff read. `REPORTS` is the one list: pages, exports and `flask report` all go over it.

A report is made of tables, and of charts drawn from their columns. Every figure is a sum over payments, refunds,
disputes, paid periods or the ledger; docs/reports.md defines each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.finance.reports.articles import articles
from support.finance.reports.deferred import deferred
from support.finance.reports.donations import donations
from support.finance.reports.failed import failed
from support.finance.reports.fees import fees
from support.finance.reports.forms import FILTERS
from support.finance.reports.income import income
from support.finance.reports.lifetime import lifetime
from support.finance.reports.members import members
from support.finance.reports.mrr import mrr
from support.finance.reports.overview import overview
from support.finance.reports.payouts import payouts
from support.finance.reports.refunds import refunds
from support.finance.reports.retention import retention
from support.finance.reports.spans import MEMBERSHIP_FILTERS
from support.finance.reports.taxes import taxes

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from support.finance.reports.filters import Filters
    from support.finance.reports.shape import Report


@dataclass(frozen=True)
class Kind:
    """A report that can be asked for. Its rows are read from the database as they are shown: keep the session open.

    `takes`: the filters, as an address names them, that say something about it; any other is refused.
    """

    name: str
    title: str
    build: Callable[[Session, Filters], Report]
    takes: tuple[str, ...] = FILTERS


# In the order in which they are offered.
REPORTS = {
    one.name: one
    for one in (
        Kind("overview", "Overview", overview),
        Kind("income", "Income", income),
        Kind("donations", "Donations", donations),
        Kind("articles", "Articles and campaigns", articles),
        Kind("members", "Members", members, MEMBERSHIP_FILTERS),
        Kind("mrr", "Monthly recurring revenue", mrr, MEMBERSHIP_FILTERS),
        Kind("retention", "Retention", retention, MEMBERSHIP_FILTERS),
        Kind("lifetime", "Lifetime value", lifetime, MEMBERSHIP_FILTERS),
        Kind("failed", "Failed payments", failed),
        Kind("refunds", "Refunds and disputes", refunds),
        Kind("payouts", "Payouts", payouts, ("currency",)),
        Kind("fees", "Fees", fees),
        Kind("taxes", "Taxes", taxes),
        Kind("deferred", "Deferred revenue", deferred, MEMBERSHIP_FILTERS),
    )
}
