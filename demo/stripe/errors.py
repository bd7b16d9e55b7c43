"""Stripe's errors.

Evidence: Stripe API reference, "Errors" and "Error codes"; wording as the API has been seen to answer.
"""

from typing import Any, Self


class StripeError(Exception):
    """An answer of the API other than 200: `status` and the `error` hash of the body."""

    def __init__(self, status: int, kind: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"message": message, "type": kind} | {
            name: value for name, value in more.items() if value is not None
        }

    @property
    def body(self) -> dict[str, Any]:
        return {"error": self.error}

    @classmethod
    def invalid(cls, message: str, *, code: str | None = None, param: str | None = None) -> Self:
        return cls(400, "invalid_request_error", message, code=code, param=param)

    @classmethod
    def missing(cls, param: str) -> Self:
        return cls.invalid(f"Missing required param: {param}.", code="parameter_missing", param=param)

    @classmethod
    def not_found(cls, what: str, stripe_id: str, param: str) -> Self:
        """404 when the id stands in the path, 400 when it came as a parameter."""
        status = 404 if param == "id" else 400
        message = f"No such {what}: '{stripe_id}'"
        return cls(status, "invalid_request_error", message, code="resource_missing", param=param)

    @classmethod
    def not_built(cls, what: str) -> Self:
        return cls(501, "api_error", f"The stand-in does not implement {what}.")


class Declined(StripeError):
    """A payment was refused: 402, and what the attempt left behind stays."""

    def __init__(self, message: str, **more: Any) -> None:
        super().__init__(402, "card_error", message, **more)
