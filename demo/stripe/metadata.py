"""Metadata after an update. Evidence: Stripe API reference, "Metadata"."""

from demo.stripe.store import Json


def merged(metadata: Json, given: Json | str) -> Json:
    """Keys are added, an empty value removes its key, an empty whole removes all."""
    return {key: value for key, value in (metadata | given).items() if value != ""} if isinstance(given, dict) else {}
