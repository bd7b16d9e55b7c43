"""The API description read out of the SDK, held against Stripe's own example objects."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from demo.stripe.errors import StripeError
from demo.stripe.shape.forms import decode
from demo.stripe.shape.params import check
from demo.stripe.shape.resources import blank, class_of, complaints
from demo.stripe.shape.routes import params_class, resolve, routes
from tests.demo.stripe.walk import strange

# Published by Stripe beside its OpenAPI description (MIT license), a few kinds of it.
EXAMPLES: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "data/stripe_examples.json").read_text())


def wrong(kind: str, example: dict[str, Any]) -> list[str]:
    return list(complaints(class_of(kind), example, kind, open_enums=True))


@pytest.mark.parametrize("kind", EXAMPLES)
def test_stripes_own_examples_are_right(kind: str) -> None:
    assert wrong(kind, EXAMPLES[kind]) == []
    assert strange(EXAMPLES[kind]) == []


@pytest.mark.parametrize("kind", EXAMPLES)
def test_a_spoiled_example_is_noticed_wherever_it_is_spoiled(kind: str) -> None:
    for name, value in EXAMPLES[kind].items():
        spoiled = copy.deepcopy(EXAMPLES[kind])
        spoiled[name] = 1.5 if isinstance(value, str | bool | int) else "spoiled"
        may_be_text = isinstance(value, dict | list | None)
        assert wrong(kind, spoiled) or may_be_text, f"{kind}.{name}"
    assert wrong(kind, EXAMPLES[kind] | {"invented": 1})
    assert strange(EXAMPLES[kind] | {"invented": 1})
    assert wrong(kind, {name: value for name, value in EXAMPLES[kind].items() if name != "id"})


@pytest.mark.parametrize("kind", EXAMPLES)
def test_a_blank_has_the_nullable_attributes_of_stripes_example_and_no_other(kind: str) -> None:
    newer = {"customer": {"customer_account"}}
    assert blank(kind).keys() - EXAMPLES[kind].keys() == newer.get(kind, set())
    nulls = {name for name, value in EXAMPLES[kind].items() if value is None}
    assert nulls <= blank(kind).keys()


def test_the_sdk_knows_more_than_six_hundred_routes() -> None:
    assert len(routes()) > 600


def test_a_fixed_word_in_a_path_is_not_an_id() -> None:
    search = resolve("GET", "/v1/customers/search")
    assert search
    assert (search[0].path, search[1]) == ("/v1/customers/search", ())
    one = resolve("GET", "/v1/customers/cus_1")
    assert one
    assert (one[0].path, one[1]) == ("/v1/customers/{}", ("cus_1",))
    assert resolve("GET", "/v1/customers/") is None
    assert resolve("PUT", "/v1/customers") is None


def test_forms_become_trees() -> None:
    assert decode("a=1&b[c][0]=2&b[c][1]=3&d[]=x&d[]=y&e=") == {
        "a": "1",
        "b": {"c": {"0": "2", "1": "3"}},
        "d": {"0": "x", "1": "y"},
        "e": "",
    }


@pytest.mark.parametrize("text", ["a=1&a[b]=2", "a[b=1", "[a]=1", "a" + "[b]" * 20 + "=1"])
def test_forms_that_make_no_tree_are_refused(text: str) -> None:
    with pytest.raises(StripeError):
        decode(text)


def test_values_are_typed_by_the_parameter_class() -> None:
    reference = routes()["POST", "/v1/subscriptions/{}"].params
    assert reference
    update = params_class(reference)
    assert check(update, decode("cancel_at=1700000000&cancel_at_period_end=true&metadata=")) == {
        "cancel_at": 1700000000,
        "cancel_at_period_end": True,
        "metadata": "",
    }
    assert check(update, decode("cancel_at=max_period_end")) == {"cancel_at": "max_period_end"}
    for bad in ("billing_cycle_anchor=now", "cancel_at=soon", "cancel_at_period_end=yes", "items=x", "cancel_at[x]=1"):
        with pytest.raises(StripeError):
            check(update, decode(bad))
