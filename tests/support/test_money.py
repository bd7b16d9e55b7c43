"""Money: parsed as people type it, in the decimals that Stripe counts, never a float."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.money import MAXIMUM_MINOR, BadAmount, Money, exponent, is_currency, stripe_minimum

NO_AMOUNTS = ["", " ", "0", "0.00", "-1", "+1", "1e3", "NaN", "inf", "1,000", "1.000", "1,000.00", ".5", "5.", "1 0"]
NO_AMOUNTS += ["1_0", "0x1", "١٠", "१०", "１０", "10²", "10\n", "\t10", "10\u00a0", "10\x00", "½", "十"]
CURRENCIES = ["EUR", "USD", "UAH", "JPY", "KRW", "ISK", "UGX", "MGA", "HUF", "GBP"]


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("10", "EUR", 1000),
        ("10.5", "EUR", 1050),
        ("10.50", "EUR", 1050),
        ("10,50", "EUR", 1050),
        ("10,5", "UAH", 1050),
        (" 10 ", "EUR", 1000),
        ("0.01", "EUR", 1),
        ("0010", "EUR", 1000),
        ("1.15", "EUR", 115),
        ("4.35", "USD", 435),
        ("1000000.29", "USD", 100000029),
        ("9999999999.99", "EUR", MAXIMUM_MINOR),
        ("500", "JPY", 500),
        ("1", "KRW", 1),
        ("500", "ISK", 50_000),
        ("500.00", "UGX", 50_000),
        ("500", "MGA", 500),
    ],
)
def test_an_amount_as_people_type_it(text: str, currency: str, minor: int) -> None:
    assert Money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        *((text, "EUR") for text in NO_AMOUNTS),
        ("10000000000", "EUR"),
        ("9" * 12, "EUR"),
        ("9" * 13, "JPY"),
        ("10.001", "EUR"),
        ("500.5", "JPY"),
        ("500.00", "JPY"),
        ("500.50", "ISK"),
        ("0.01", "UGX"),
        ("500.5", "UGX"),
    ],
)
def test_what_is_no_amount(text: str, currency: str) -> None:
    with pytest.raises(BadAmount):
        Money.parse(text, currency)


whole_units = st.integers(1, MAXIMUM_MINOR // 100)


@given(st.sampled_from(CURRENCIES), whole_units, st.integers(0, 99))
def test_what_is_written_reads_the_same(currency: str, major: int, cents: int) -> None:
    minor = major * 10 ** exponent(currency)
    if exponent(currency) and currency not in {"ISK", "UGX"}:
        minor = min(minor + cents, MAXIMUM_MINOR)
    money = Money(minor, currency)
    assert Money.parse(money.text, currency) == money
    assert Money.parse(money.text.replace(".", ","), currency) == money
    assert money.major == Decimal(minor) / 10 ** exponent(currency)


@given(st.text(max_size=20), st.sampled_from(CURRENCIES))
def test_any_text_is_an_amount_or_refused(text: str, currency: str) -> None:
    try:
        money = Money.parse(text, currency)
    except BadAmount:
        return
    assert 0 < money.amount_minor <= MAXIMUM_MINOR
    assert set(text.strip(" ")) <= set("0123456789.,")


@pytest.mark.parametrize(
    ("currency", "decimals"), [("EUR", 2), ("UAH", 2), ("JPY", 0), ("KRW", 0), ("ISK", 2), ("UGX", 2), ("MGA", 0)]
)
def test_decimals_are_stripes(currency: str, decimals: int) -> None:
    assert exponent(currency) == decimals


@pytest.mark.parametrize("code", ["XXX", "eur", "EURO", "", "BTC", "KWD", "BHD", "ЕUR", "EUR "])
def test_what_is_no_currency_of_ours(code: str) -> None:
    assert not is_currency(code)


@pytest.mark.parametrize("code", ["eur", "EURO", "", "ЕUR", "EUR "])
def test_what_is_no_currency_at_all(code: str) -> None:
    with pytest.raises(ValueError, match="not a currency"):
        Money(100, code)


def test_stripe_may_tell_of_a_currency_that_we_do_not_offer() -> None:
    assert str(Money(1230, "KWD").major) == "1.230"


@pytest.mark.parametrize(
    ("money", "locale", "text"),
    [
        (Money(1000, "EUR"), "en", "€10"),
        (Money(1050, "EUR"), "en", "€10.50"),
        (Money(100_000, "EUR"), "en", "€1,000"),
        (Money(1000, "USD"), "en", "$10"),
        (Money(10_000, "UAH"), "en", "UAH\u00a0100"),
        (Money(500, "JPY"), "en", "¥500"),
        (Money(50_000, "ISK"), "en", "ISK\u00a0500"),
        (Money(1000, "EUR"), "uk", "10\u00a0EUR"),
        (Money(1050, "EUR"), "uk", "10,50\u00a0EUR"),
        (Money(100_000, "UAH"), "uk", "1\u00a0000\u00a0₴"),
        (Money(20_050, "UAH"), "uk", "200,50\u00a0₴"),
    ],
)
def test_amounts_are_written_as_the_readers_language_does(money: Money, locale: str, text: str) -> None:
    assert money.display(locale) == text


@given(st.sampled_from(CURRENCIES), st.integers(1, MAXIMUM_MINOR), st.sampled_from(["en", "uk"]))
def test_what_is_shown_has_every_digit(currency: str, minor: int, locale: str) -> None:
    shown = Money(minor, currency).display(locale)
    digits = "".join(character for character in shown if character in "0123456789")
    assert digits.lstrip("0") in {str(minor), str(minor)[: -exponent(currency)] if exponent(currency) else str(minor)}


def test_two_currencies_are_never_compared() -> None:
    with pytest.raises(ValueError, match="cannot compare"):
        assert Money(1, "EUR") < Money(2, "USD")
    assert Money(100, "EUR") != Money(100, "USD")
    assert Money(1, "EUR") < Money(2, "EUR")


@pytest.mark.parametrize(
    ("currency", "minor"), [("EUR", 50), ("USD", 50), ("GBP", 30), ("JPY", 50), ("HUF", 17_500), ("UAH", 50)]
)
def test_stripes_smallest_charge(currency: str, minor: int) -> None:
    assert stripe_minimum(currency) == Money(minor, currency)
