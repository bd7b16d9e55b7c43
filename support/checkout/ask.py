"""The ask form as a page shows it: what can be chosen, what was chosen, what was wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.checkout.forms import new_attempt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from support.campaigns.models import Campaign, Plan, PlanTerms
    from support.errors import FieldError

# What a link to another interval or currency, and the form itself, carry along.
KEPT = ("campaign", "article", "return_to", "locale", "email", "attempt")


@dataclass(frozen=True)
class AskForm:
    """One ask: a plan in a currency. `values` are the fields as the reader left them; `errors` is {field: message}."""

    campaign: Campaign
    plan: Plan
    terms: PlanTerms
    values: Mapping[str, str]
    errors: Mapping[str, str]
    notice: str
    attempt: str

    @property
    def currencies(self) -> list[str]:
        """What can be chosen instead of this currency, this one included."""
        return [terms.currency for terms in self.plan.terms]

    @property
    def chosen_amount(self) -> str:
        """The amount that is marked: the reader's, else the middle suggestion."""
        suggested = [amount.text for amount in self.terms.suggested]
        amount = self.values.get("amount", "")
        if amount in suggested or (amount == "other" or not suggested):
            return amount
        return "other" if amount else suggested[len(suggested) // 2]

    @property
    def other_amount(self) -> str:
        """What stands in the free field."""
        amount = self.values.get("amount", "")
        is_free = amount not in {"", "other"} and amount not in {one.text for one in self.terms.suggested}
        return self.values.get("other_amount") or (amount if is_free else "")

    @property
    def kept(self) -> dict[str, str]:
        """The other fields that a link or the form carries along."""
        return {name: self.values[name] for name in KEPT if self.values.get(name) and name != "attempt"}


def ask_form(
    campaign: Campaign, values: Mapping[str, str], errors: Sequence[FieldError] = (), notice: str = ""
) -> AskForm:
    """The ask for `values` as they were sent; what they leave open or get wrong falls back to the campaign's first."""
    plans = campaign.active_plans()
    plan = next(
        (one for one in plans if one.slug == values.get("plan")),
        next((one for one in plans if one.interval == values.get("interval")), plans[0]),
    )
    terms = plan.terms_in(values.get("currency", "").upper()) or plan.terms[0]
    return AskForm(
        campaign=campaign,
        plan=plan,
        terms=terms,
        values=values,
        errors={error.field: error.message for error in reversed(errors)},
        notice=notice,
        # A page that shows the same ask again joins the same checkout.
        attempt=values.get("attempt") or new_attempt(),
    )
