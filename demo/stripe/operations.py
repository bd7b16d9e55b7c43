"""The table of API operations that the stand-in has built; the modules in `endpoints` fill it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from demo.stripe.account import Account
from demo.stripe.errors import StripeError
from demo.stripe.store import Json


@dataclass(frozen=True)
class Call:
    """`params`: checked and typed; `ids`: those in the path; `base_url`: the stand-in as its caller addresses it."""

    path: str
    ids: tuple[str, ...]
    params: Json
    base_url: str


Operation = Callable[[Account, Call], Json]
OPERATIONS: dict[tuple[str, str], Operation] = {}
PATHS = {"customer": "/v1/customers/{}"}
"""Where an object of a kind is read."""


def operation(method: str, path: str) -> Callable[[Operation], Operation]:
    """Register the function that answers a route; `{}` stands for an id."""

    def register(function: Operation) -> Operation:
        OPERATIONS[method, path] = function
        return function

    return register


def retrieves(kind: str, path: str) -> None:
    """Register the plain "give me this object" of a kind."""
    PATHS[kind] = path
    operation("GET", path)(lambda account, call: account.find(kind, call.ids[0]))


def require_built(params: Json, built: Iterable[str], within: str = "") -> None:
    """501 for a parameter that Stripe takes and the stand-in would only ignore."""
    for name in params.keys() - set(built) - {"expand"}:
        raise StripeError.not_built(f"the parameter {within}[{name}]" if within else f"the parameter {name}")
