"""Where the newsroom, the service and Stripe's page are."""

from __future__ import annotations

from dataclasses import dataclass

NAME = "The Demo Courier"


@dataclass(frozen=True)
class Config:
    """Origins such as `http://localhost:8000`, without a slash at the end."""

    url: str
    support_url: str
    stripe_url: str
    name: str = NAME

    @property
    def is_secure(self) -> bool:
        """Whether readers come by https, so that cookies are for https only."""
        return self.url.startswith("https:")
