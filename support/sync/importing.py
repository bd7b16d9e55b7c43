"""What an existing account holds, before and while it is imported: products, who subscribes to them, who has given."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from support.gateway import resources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from support.gateway.client import Gateway
    from support.gateway.resources import Resource

S = TypeVar("S")

_LIVING = frozenset({"active", "past_due", "trialing"})


@dataclass
class ProductSurvey:
    """One product: how many subscriptions were ever made of it, how many live, how many single payments it has."""

    name: str
    subscriptions: int = 0
    living: int = 0
    donations: int = 0


@dataclass
class Survey:
    """Everything that names a product, by product; `without` counts what names none."""

    products: dict[str, ProductSurvey] = field(default_factory=dict)
    without: Counter[str] = field(default_factory=Counter)


def survey(gateway: Gateway, progress: Callable[[int], None] = lambda _: None) -> Survey:
    """Read every product, subscription and Checkout Session of the account; nothing is written."""
    found = Survey({one.id: ProductSurvey(one.name) for one in everything(gateway, resources.PRODUCT, progress)})
    for subscription in everything(gateway, resources.SUBSCRIPTION, progress):
        for product in _products(found, subscription.product_ids, "subscriptions"):
            product.subscriptions += 1
            product.living += subscription.status in _LIVING
    for session in everything(gateway, resources.CHECKOUT_SESSION, progress):
        if session.status == "complete" and session.interval == "once":
            for product in _products(found, session.product_ids, "single payments"):
                product.donations += 1
    return found


def everything(
    gateway: Gateway, resource: Resource[S], progress: Callable[[int], None] = lambda _: None
) -> Iterator[S]:
    """Every object of a kind, a page at a time. Raises StripeRefused where one cannot be read."""
    after, has_more = None, True
    while has_more:
        page = gateway.whole_page(resource, after)
        after, has_more = page.last_id, page.has_more
        progress(len(page.seen))
        yield from page.seen


def _products(found: Survey, product_ids: Sequence[str], what: str) -> list[ProductSurvey]:
    """A product that was deleted is listed by nobody, but those who bought it name it."""
    if not product_ids:
        found.without[what] += 1
    return [found.products.setdefault(one, ProductSurvey("(deleted)")) for one in product_ids]
