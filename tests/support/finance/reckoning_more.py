"""The rest of the reckoning: articles, failed payments, refunds and disputes, payouts, the overview."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from support import clock
from support.money import Money
from tests.support.finance.adding_up import with_totals
from tests.support.finance.membership_figures import Span, spans_of
from tests.support.finance.memberships import Made, Period
from tests.support.finance.reckoning import Reckoning, Tables, monies, rounded, share

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.finance.reports.filters import Filters
    from tests.support.finance.facts import DisputeFact, FailureFact, MembershipFact, PaymentFact

KINDS = ("donation", "first payment", "renewal")


def articles(told: Reckoning) -> Tables:
    """See docs/reports.md."""
    by_article = _earned(told, lambda one: told.checkouts[one.checkout_id].article)
    by_campaign = _earned(told, lambda one: told.slugs[told.checkouts[one.checkout_id].campaign_id])
    begun: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for one in told.books.checkouts:
        if told.is_in(one.created_at) and told.leads(one.id) and told.filters.currency in {None, one.currency}:
            figures = begun[told.slugs[one.campaign_id], one.currency]
            figures[0] += 1
            figures[1] += one.state == "paid"
    from_articles = [(*key, *_earned_cells(figures, key[1])) for key, figures in by_article.items()]
    through_campaigns = [
        (*key, *_conversion(told, begun[key]), *_earned_cells(by_campaign[key], key[1]))
        for key in {*by_campaign, *begun}
    ]
    return {**with_totals("articles", from_articles), **with_totals("campaigns", through_campaigns)}


def _earned(told: Reckoning, source: Callable[[PaymentFact], str | None]) -> dict[tuple[str, str], list[int]]:
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * 6)
    for one in told.received():
        if (name := source(one)) is not None:
            at = KINDS.index(told.kind(one))
            sums[name, one.currency][at] += 1
            sums[name, one.currency][at + 3] += one.amount_minor
    return sums


def _earned_cells(figures: list[int], currency: str) -> tuple[Any, ...]:
    pairs = [(figures[at], Money(figures[at + 3], currency)) for at in range(3)]
    return (*(cell for pair in pairs for cell in pair), Money(sum(figures[3:]), currency))


def _conversion(told: Reckoning, begun: list[int]) -> tuple[Any, ...]:
    return (None, None, None) if told.filters.country else (*begun, share(begun[1], begun[0]))


def failed(told: Reckoning) -> Tables:
    """See docs/reports.md."""
    refused: dict[tuple[date, str, str], list[int]] = defaultdict(lambda: [0, 0])
    tries: dict[str, list[FailureFact]] = defaultdict(list)
    for one in told.books.failures:
        if not (_is_meant(told, one)):
            continue
        tries[one.stripe_payment_intent_id or one.stripe_charge_id].append(one)
        if told.is_in(one.failed_at):
            figures = refused[told.month(one.failed_at), one.failure_code, one.currency]
            figures[0] += 1
            figures[1] += one.amount_minor
    failures = [(*key, count, Money(amount, key[2])) for key, (count, amount) in refused.items()]
    return {**with_totals("failures", failures), **_outcomes(told, tries)}


def _is_meant(told: Reckoning, one: FailureFact) -> bool:
    is_currency = told.filters.currency in {None, one.currency}
    return is_currency and told.is_there(one.country) and told.leads(one.checkout_id)


def _outcomes(told: Reckoning, tries: dict[str, list[FailureFact]]) -> Tables:
    paid = {one.stripe_payment_intent_id: one for one in told.books.payments}
    firsts: dict[int, datetime] = {}
    for one in told.books.payments:
        if one.membership_id is not None:
            firsts[one.checkout_id] = min(firsts.get(one.checkout_id, one.received_at), one.received_at)
    waits = {one.checkout_id for one in told.books.memberships if one.status in {"past_due", "incomplete", "unpaid"}}
    waits |= {one.id for one in told.books.checkouts if one.state in {"open", "processing"}}
    groups: dict[tuple[date, str, str], list[tuple[str, int, float]]] = defaultdict(list)
    for intent, refusals in tries.items():
        first = min(one.failed_at for one in refusals)
        if not told.is_in(first):
            continue
        checkout_id, currency = refusals[0].checkout_id, refusals[0].currency
        asked = "renewal" if checkout_id in firsts and firsts[checkout_id] < first else "checkout"
        amount, seconds = max(one.amount_minor for one in refusals), 0.0
        if intent in paid:
            outcome, seconds = "recovered", (paid[intent].received_at - first).total_seconds()
        else:
            outcome = "open" if checkout_id in waits else "lost"
        groups[told.month(first), asked, currency].append((outcome, amount, seconds))
    every: dict[str, list[tuple[str, int, float]]] = defaultdict(list)
    for (_month, _asked, currency), found in groups.items():
        every[currency] += found
    totals = [(None, None, currency, *_outcome_cells(every[currency], currency)) for currency in sorted(every)]
    outcomes = [(*key, *_outcome_cells(found, key[2])) for key, found in groups.items()]
    return {"outcomes": outcomes, **({"outcomes/totals": totals} if totals else {})}


def _outcome_cells(found: list[tuple[str, int, float]], currency: str) -> tuple[Any, ...]:
    def of(word: str) -> tuple[int, Money]:
        amounts = [amount for outcome, amount, _seconds in found if outcome == word]
        return len(amounts), Money(sum(amounts), currency)

    count, amount = len(found), Money(sum(amount for _outcome, amount, _seconds in found), currency)
    recovered = of("recovered")
    seconds = sum(int(seconds) for _outcome, _amount, seconds in found)
    days = rounded(Fraction(seconds, 86400 * recovered[0])) if recovered[0] else None
    return (count, amount, *recovered, share(recovered[0], count), days, *of("lost"), *of("open"))


def refunds(told: Reckoning, now: datetime) -> Tables:
    """See docs/reports.md."""
    made: dict[tuple[str, str | None, str], list[int]] = defaultdict(lambda: [0, 0])
    for refund, _payment in told.of_refunds(lambda one: one.created_at):
        figures = made[refund.status, refund.reason, refund.currency]
        figures[0] += 1
        figures[1] += refund.amount_minor
    rates: dict[str, list[DisputeFact]] = defaultdict(list)
    for dispute, _payment in told.of_disputes():
        rates[dispute.currency].append(dispute)
    given = {one.id: 0 for one in told.books.payments}
    for one in told.books.refunds:
        given[one.payment_id] += one.amount_minor if one.status == "succeeded" else 0
    warned = [(one, told.by_id[one.payment_id]) for one in told.books.warnings if told.is_in(one.created_at)]
    return {
        **with_totals("refunds", [(*key, count, Money(amount, key[2])) for key, (count, amount) in made.items()]),
        "rates": [_rate(key, opened) for key, opened in rates.items()],
        "disputes": [_dispute(told, one, now) for opened in rates.values() for one in opened],
        "warnings": [
            (
                one.stripe_warning_id,
                one.created_at,
                one.fraud_type,
                payment.currency,
                *monies((payment.amount_minor, given[payment.id]), payment.currency),
            )
            for one, payment in warned
            if told.means(payment)
        ],
    }


def _rate(currency: str, opened: list[DisputeFact]) -> tuple[Any, ...]:
    statuses = [one.status for one in opened]
    inquiries = sum(status.startswith("warning_") for status in statuses)
    won, lost = statuses.count("won"), statuses.count("lost")
    undecided = len(statuses) - inquiries - won - lost - statuses.count("prevented")
    amount, withheld = monies(
        (sum(one.amount_minor for one in opened), sum(one.amount_minor for one in opened if one.is_withheld)), currency
    )
    return (currency, len(opened), amount, undecided, won, lost, share(won, won + lost), inquiries, withheld)


def _dispute(told: Reckoning, one: DisputeFact, now: datetime) -> tuple[Any, ...]:
    amounts = monies((one.amount_minor, one.amount_minor if one.is_withheld else 0), one.currency)
    left = None
    if one.evidence_due_at is not None and one.status in {"needs_response", "warning_needs_response"}:
        left = (told.day(one.evidence_due_at) - told.day(now)).days
    names = (one.stripe_dispute_id, one.created_at, one.status, one.reason, one.currency)
    return (*names, *amounts, one.evidence_due_at, left)


def payouts(told: Reckoning) -> Tables:
    """See docs/reports.md."""
    entries = {one.id: one for one in told.books.entries}
    nets: dict[int, int] = defaultdict(int)
    for item in told.books.items:
        entry = entries[item.entry_id]
        nets[item.payout_id] += entry.net_minor if not entry.type.startswith("payout") else 0
    rows = []
    for one in told.books.payouts:
        arrives_on = one.arrives_at.astimezone(UTC).date()
        if not told.filters.first_day <= arrives_on <= told.filters.last_day:
            continue
        if told.filters.currency not in {None, one.currency}:
            continue
        difference: int | None = nets[one.id] - one.amount_minor
        state = "differs" if difference else "ties out"
        if not one.is_automatic or one.reconciliation == "not_applicable":
            state, difference = "not itemized by Stripe", None
        elif one.reconciliation != "completed":
            state, difference = "not yet", None
        money = Money(difference, one.currency) if difference is not None else None
        cells = (one.stripe_payout_id, arrives_on, one.status, one.currency, Money(one.amount_minor, one.currency))
        rows.append((*cells, state, money))
    return with_totals("payouts", rows)


def overview(told: Reckoning) -> Tables:
    """See docs/reports.md."""
    periods = (told.filters, period_before(told.filters))
    amounts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    ours = told.ours()
    for at, period in enumerate(periods):
        for one in told.received(period):
            amounts["Income", one.currency][at] += one.amount_minor
            counts["Payments", one.currency][at] += 1
            if one.membership_id is None:
                amounts["Donations", one.currency][at] += one.amount_minor
                counts["Donations", one.currency][at] += 1
        for refund, payment in told.of_refunds(lambda one: one.succeeded_at, period):
            amounts["Refunds", payment.currency][at] += refund.amount_minor
            counts["Refunds", payment.currency][at] += 1
        for dispute, payment in told.of_disputes(period):
            if dispute.status == "lost":
                amounts["Lost in disputes", payment.currency][at] += dispute.amount_minor
        for entry in told.entered(period):
            if entry.source_id in ours:
                amounts["Fees", entry.currency][at] += entry.fee_minor
                amounts["Net settled", entry.currency][at] += entry.net_minor
    worth, members = _standings(told)
    amounts |= {("Monthly recurring revenue", currency): pair for currency, pair in worth.items()}
    return {
        "amounts": [(*key, *monies(pair, key[1]), share(pair[0] - pair[1], pair[1])) for key, pair in amounts.items()],
        "counts": [
            *((*key, *pair, share(pair[0] - pair[1], pair[1])) for key, pair in counts.items()),
            *([("Members", None, *members, share(members[0] - members[1], members[1]))] if any(members) else []),
        ],
    }


def _standings(told: Reckoning) -> tuple[dict[str, list[int]], list[int]]:
    """At the period's end, and at that of the period before: what a month is worth by currency; members."""
    asked, now = told.filters, clock.now()
    worth: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    members: list[set[object]] = [set(), set()]
    spans = [span for one in told.books.memberships if told.leads(one.checkout_id) for span in _spans(told, one, now)]
    spans = [span for span in spans if asked.currency in {None, span.currency} and asked.country is None]
    for at, day in enumerate((asked.last_day + timedelta(days=1), asked.first_day)):
        end = min(datetime.combine(day, time(), asked.zone).astimezone(UTC), now)
        for span in (span for span in spans if span.contains(end)):
            worth[span.currency][at] += span.monthly
            members[at].add(span.supporter)
    return {currency: pair for currency, pair in worth.items() if any(pair)}, list(map(len, members))


def _spans(told: Reckoning, one: MembershipFact, now: datetime) -> list[Span]:
    facts = told.periods[one.id]
    periods = [Period(each.starts_at, each.ends_at, each.amount_minor, each.currency) for each in facts]
    return spans_of(Made(one.id, one.supporter_id, "", one.status, periods, one.ends_at, one.ended_at), now)


def period_before(filters: Filters) -> Filters:
    """As many whole months, else as many days: counted one by one."""
    whole = filters.first_day.day == 1 and (filters.last_day + timedelta(days=1)).day == 1
    first, last, day = filters.first_day, filters.first_day - timedelta(days=1), filters.first_day
    while day <= filters.last_day:
        if not whole:
            first -= timedelta(days=1)
        elif day.day == 1:
            first = (first - timedelta(days=1)).replace(day=1)
        day += timedelta(days=1)
    return type(filters)(first, last, filters.zone)
