"""Every figure of the money reports, reckoned from the facts as docs/reports.md defines it, in plain Python.

Nothing here asks a database or the code that makes reports: it goes over the facts one by one. A table is
`{key: rows}`, a row its cells; `…/totals` are a table's totals.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, Any

from support.money import Money

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date, datetime

    from support.finance.reports.filters import Filters
    from tests.support.finance.facts import Books, EntryFact, PaymentFact, PeriodFact

Tables = dict[str, list[tuple[Any, ...]]]
BAND_STARTS = (0, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000)


def rounded(number: Fraction) -> int:
    """A half is rounded up."""
    return floor(number + Fraction(1, 2))


def share(part: int, whole: int) -> Decimal | None:
    """Empty where there is no whole."""
    return Decimal(part) / Decimal(whole) if whole else None


class Reckoning:
    """The facts, and which of them the filters mean."""

    def __init__(self, books: Books, filters: Filters) -> None:
        self.books = books
        self.filters = filters
        self.checkouts = {one.id: one for one in books.checkouts}
        self.by_id = {one.id: one for one in books.payments}
        self.plans = {
            plan_id: f"{campaign.slug}/{slug}"
            for campaign in books.campaigns
            for plan_id, slug in campaign.plans.values()
        }
        self.slugs = {campaign.id: campaign.slug for campaign in books.campaigns}
        self.periods: dict[int, list[PeriodFact]] = defaultdict(list)
        for one in books.periods:
            self.periods[one.membership_id].append(one)

    def day(self, moment: datetime) -> date:
        """The newsroom's day."""
        return moment.astimezone(self.filters.zone).date()

    def month(self, moment: datetime) -> date:
        """The newsroom's month."""
        return self.day(moment).replace(day=1)

    def is_in(self, moment: datetime | None, filters: Filters | None = None) -> bool:
        """Whether it is in the period."""
        period = filters or self.filters
        return moment is not None and period.first_day <= self.day(moment) <= period.last_day

    def leads(self, checkout_id: int) -> bool:
        """Whether the filters mean what came of this checkout."""
        checkout, asked = self.checkouts[checkout_id], self.filters
        return (
            asked.campaign_id in {None, checkout.campaign_id}
            and asked.plan_id in {None, checkout.plan_id}
            and asked.article in {None, checkout.article}
        )

    def is_there(self, country: str | None) -> bool:
        """Whether the filters mean this country."""
        return self.filters.country in {None, country or "ZZ"}

    def means(self, payment: PaymentFact) -> bool:
        """Whether the filters mean this payment, whenever it was."""
        return (
            self.filters.currency in {None, payment.currency}
            and self.is_there(payment.country)
            and self.leads(payment.checkout_id)
        )

    def received(self, filters: Filters | None = None) -> Iterator[PaymentFact]:
        """Payments of the period."""
        return (one for one in self.books.payments if self.is_in(one.received_at, filters) and self.means(one))

    def kind(self, payment: PaymentFact) -> str:
        """By Stripe's word for the invoice."""
        if payment.membership_id is None:
            return "donation"
        return "renewal" if payment.is_renewal else "first payment"

    def of_refunds(self, moment: Callable[[Any], datetime | None], filters: Filters | None = None) -> Iterator[Any]:
        """(refund, its payment) by the moment that counts."""
        for refund in self.books.refunds:
            payment = self.by_id[refund.payment_id]
            if self.is_in(moment(refund), filters) and self.means(payment):
                yield refund, payment

    def of_disputes(self, filters: Filters | None = None) -> Iterator[Any]:
        """(dispute, its payment) by the moment of opening."""
        for dispute in self.books.disputes:
            payment = self.by_id[dispute.payment_id]
            if self.is_in(dispute.created_at, filters) and self.means(payment):
                yield dispute, payment

    def income(self) -> Tables:
        """See docs/reports.md."""
        sums: dict[tuple[date, str, str], list[int]] = defaultdict(lambda: [0] * 7)
        for one in self.received():
            _add(sums[self.month(one.received_at), one.currency, self.kind(one)], (1, one.amount_minor, one.tax_minor))
        for refund, payment in self.of_refunds(lambda one: one.succeeded_at):
            figures = sums[self.month(refund.succeeded_at), payment.currency, self.kind(payment)]
            figures[3] += 1
            figures[4] += refund.amount_minor
        for dispute, payment in self.of_disputes():
            is_lost = dispute.status == "lost"
            if is_lost or dispute.is_withheld:
                figures = sums[self.month(dispute.created_at), payment.currency, self.kind(payment)]
                figures[6 if is_lost else 5] += dispute.amount_minor
        totals: dict[str, list[int]] = defaultdict(lambda: [0] * 7)
        for (_month, currency, _kind), figures in sums.items():
            _add(totals[currency], figures)
        return {
            "income": [(*key, *_income_cells(figures, key[1])) for key, figures in sums.items()],
            "income/totals": [(None, key, None, *_income_cells(figures, key)) for key, figures in totals.items()],
        }

    def taxes(self) -> Tables:
        """See docs/reports.md."""
        sums: dict[tuple[date, str | None, str], list[int]] = defaultdict(lambda: [0] * 5)
        for one in self.received():
            key = (self.month(one.received_at), one.country, one.currency)
            _add(sums[key], (1, one.amount_minor, one.tax_minor))
        for refund, payment in self.of_refunds(lambda one: one.succeeded_at):
            tax = rounded(Fraction(payment.tax_minor * refund.amount_minor, payment.amount_minor))
            figures = sums[self.month(refund.succeeded_at), payment.country, payment.currency]
            figures[3] += refund.amount_minor
            figures[4] += tax
        totals: dict[str, list[int]] = defaultdict(lambda: [0] * 5)
        for key, figures in sums.items():
            _add(totals[key[2]], figures)
        return {
            "taxes": [(*key, *_tax_cells(figures, key[2])) for key, figures in sums.items()],
            "taxes/totals": [(None, None, key, *_tax_cells(figures, key)) for key, figures in totals.items()],
        }

    def donations(self) -> Tables:
        """See docs/reports.md."""
        given = [one for one in self.received() if one.membership_id is None]
        bands: dict[tuple[str, int], list[int]] = defaultdict(list)
        months: dict[tuple[date, str, str], list[int]] = defaultdict(list)
        totals: dict[str, list[int]] = defaultdict(list)
        for one in given:
            band = max(at for at, start in enumerate(BAND_STARTS) if one.amount_minor >= start)
            plan = self.plans[self.checkouts[one.checkout_id].plan_id]
            bands[one.currency, band].append(one.amount_minor)
            months[self.month(one.received_at), plan, one.currency].append(one.amount_minor)
            totals[one.currency].append(one.amount_minor)
        return {
            "bands": [(key[0], *_limits(*key), *_spread(given, key[0])) for key, given in bands.items()],
            "bands/totals": [(key, None, None, *_spread(given, key)) for key, given in totals.items()],
            "months": [(*key, *_spread(given, key[2])) for key, given in months.items()],
            "months/totals": [(None, None, key, *_spread(given, key)) for key, given in totals.items()],
        }

    def fees(self) -> Tables:
        """See docs/reports.md."""
        ours = self.ours()
        sums: dict[tuple[date, str, str, str], list[int]] = defaultdict(lambda: [0] * 4)
        totals: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * 4)
        for one in self.entered():
            whose = "ours" if one.source_id in ours else "other"
            figures = (1, one.amount_minor, one.fee_minor, one.net_minor)
            _add(sums[self.month(one.created_at), one.currency, whose, one.category], figures)
            _add(totals[one.currency, whose], figures)
        return {
            "fees": [(*key, *_fee_cells(figures, key[1])) for key, figures in sums.items()],
            "fees/totals": [(None, *key, None, *_fee_cells(figures, key[0])) for key, figures in totals.items()],
        }

    def ours(self, *, is_meant: bool = False) -> set[str]:
        """Sources of ledger entries that are a payment's, a refund's or a dispute's; of those that the filters mean."""
        asked = self.filters.without_currency
        reckoning = Reckoning(self.books, asked) if is_meant else None
        charges = {
            one.id: one.stripe_charge_id for one in self.books.payments if reckoning is None or reckoning.means(one)
        }
        refunded = {one.stripe_refund_id for one in self.books.refunds if one.payment_id in charges}
        disputed = {one.stripe_dispute_id for one in self.books.disputes if one.payment_id in charges}
        return {*charges.values(), *refunded, *disputed}

    def entered(self, filters: Filters | None = None) -> Iterator[EntryFact]:
        """Ledger entries of the period but payouts' own; only meant ones where a filter speaks of payments."""
        asked = self.filters
        is_about = any((asked.campaign_id, asked.plan_id, asked.country, asked.article))
        meant = self.ours(is_meant=True) if is_about else set()
        for one in self.books.entries:
            if one.type in {"payout", "payout_cancel", "payout_failure"} or not self.is_in(one.created_at, filters):
                continue
            if asked.currency in {None, one.currency} and (not is_about or one.source_id in meant):
                yield one


def _add(figures: list[int], more: Iterable[int]) -> None:
    for at, value in enumerate(more):
        figures[at] += value


def monies(amounts: Iterable[int], currency: str) -> tuple[Money, ...]:
    """Amounts of one currency."""
    return tuple(Money(amount, currency) for amount in amounts)


def _income_cells(figures: list[int], currency: str) -> tuple[Any, ...]:
    payments, gross, tax, refunds, refunded, withheld, lost = figures
    back = monies((refunded, withheld, lost, gross - refunded - lost), currency)
    return (payments, *monies((gross, tax), currency), refunds, *back)


def _tax_cells(figures: list[int], currency: str) -> tuple[Any, ...]:
    count, gross, tax, refunded, back = figures
    return (count, *monies((gross, tax, refunded, back, tax - back), currency))


def _fee_cells(figures: list[int], currency: str) -> tuple[Any, ...]:
    count, gross, fee, net = figures
    assert net == gross - fee
    return (count, *monies((gross, fee), currency), share(fee, gross), *monies((net,), currency))


def _spread(amounts: list[int], currency: str) -> tuple[Any, ...]:
    ordered, count = sorted(amounts), len(amounts)
    median = next(amount for at, amount in enumerate(ordered, 1) if 2 * at >= count)
    mean = rounded(Fraction(sum(amounts), count))
    return (count, *monies((sum(amounts), mean, median, ordered[-1]), currency))


def _limits(currency: str, band: int) -> tuple[Money | None, Money | None]:
    bounds = (*BAND_STARTS, None)[band : band + 2]
    low, high = (None if bound in {None, 0} else Money(bound or 0, currency) for bound in bounds)
    return low, high
