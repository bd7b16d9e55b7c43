"""Where events are sent: the endpoint of the command line, webhook endpoints and event destinations made by the API.

Evidence: Stripe API reference, "Webhook Endpoints" (the secret is shown and api_version fixed when one is made,
enabled_events) and "Event Destinations" (thin or snapshot; types of thin v1 events begin with `v1.`).
"""

from dataclasses import dataclass

MOST = 16


@dataclass(frozen=True)
class Hook:
    """`style` snapshot | thin and `version` are the account's settings where they are None."""

    id: str
    url: str
    secret: str
    style: str | None = None
    version: str | None = None
    types: tuple[str, ...] = ("*",)

    def wants(self, type_: str) -> bool:
        return "*" in self.types or type_ in self.types or f"v1.{type_}" in self.types
