"""Money: whole minor units and a currency, as Stripe counts them; never a float.

The table is Stripe's own (docs.stripe.com/currencies), which differs from ISO 4217 and CLDR: ISK and UGX have two
decimals on the wire but only whole units are allowed; MGA has none. Three-decimal currencies (BHD, JOD, KWD, OMR,
TND) are not offered: Stripe no longer documents them, so an amount could be wrong by ten.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from babel import Locale
from babel.numbers import parse_pattern

ZERO_DECIMAL = frozenset("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split())
THREE_DECIMAL = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
_WHOLE_UNITS = frozenset({"ISK", "UGX"})
_TWO_DECIMAL = frozenset(
    """AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CNY COP CRC CVE
    CZK DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR JMD KES KGS KHR KYD KZT
    LAK LBP LKR LRD LSL MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR
    PLN QAR RON RSD RUB SAR SBD SCR SEK SGD SHP SLE SOS SRD STD SZL THB TJS TOP TRY TTD TWD TZS UAH USD UYU UZS WST
    XCD YER ZAR ZMW""".split()
)
_DEFAULT_MINIMUM = Decimal("0.50")
# Stripe's smallest charge, in major units, where it is not 0.50.
_MINIMUM = {
    **dict.fromkeys(("AED", "MYR", "PLN", "RON"), Decimal("2.00")),
    **dict.fromkeys(("NOK", "SEK"), Decimal("3.00")),
    **dict.fromkeys(("MXN", "THB"), Decimal(10)),
    **dict.fromkeys(("JPY", "KRW"), Decimal(50)),
    "GBP": Decimal("0.30"),
    "DKK": Decimal("2.50"),
    "HKD": Decimal("4.00"),
    "CZK": Decimal(15),
    "HUF": Decimal(175),
}
_CODE = re.compile("[A-Z]{3}")
_AMOUNT = re.compile(r"([0-9]{1,12})(?:[.,]([0-9]+))?")
# Stripe takes 12 digits from most cards; that is also far from any integer column's limit.
MAXIMUM_MINOR = 999_999_999_999


class BadAmount(ValueError):
    """A text that is no amount of money in this currency; the message says why."""


def is_currency(code: str) -> bool:
    """Whether Stripe takes this currency (upper case) and we know its decimals."""
    return code in ZERO_DECIMAL or code in _WHOLE_UNITS or code in _TWO_DECIMAL


def exponent(currency: str) -> int:
    """How many decimals an amount of this currency has on Stripe's wire."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


@dataclass(frozen=True, order=False)
class Money:
    """An amount in Stripe's minor units and an upper-case currency. Comparing two currencies raises ValueError.

    Stripe may tell of any currency, also of those that we do not offer.
    """

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        if not _is_code(self.currency):
            raise ValueError(f"{self.currency!r} is not a currency")

    @classmethod
    def parse(cls, text: str, currency: str) -> Self:
        """Major units as a person types them: `10`, `10.5`, `10,50`.

        Raises BadAmount for signs, exponents, thousands separators, other scripts' digits, too many decimals,
        parts of a unit where there are none, and zero.
        """
        match = _AMOUNT.fullmatch(text.strip(" "))
        if match is None:
            raise BadAmount("not an amount")
        decimals = match[2] or ""
        if len(decimals) > exponent(currency):
            raise BadAmount("too many decimals")
        amount_minor = int(Decimal(f"{match[1]}.{decimals or 0}").scaleb(exponent(currency)))
        if currency in _WHOLE_UNITS and amount_minor % 100:
            raise BadAmount("too many decimals")
        if not 0 < amount_minor <= MAXIMUM_MINOR:
            raise BadAmount("out of range")
        return cls(amount_minor, currency)

    @property
    def major(self) -> Decimal:
        """The amount in major units, with as many decimals as the currency has."""
        return Decimal(self.amount_minor).scaleb(-exponent(self.currency))

    @property
    def text(self) -> str:
        """Major units as `parse` takes them: `10.50`, `500`; whole amounts without decimals."""
        major = self.major
        return str(major.to_integral_value() if major == major.to_integral_value() else major)

    def __lt__(self, other: Money) -> bool:
        if self.currency != other.currency:
            raise ValueError(f"cannot compare {self.currency} with {other.currency}")
        return self.amount_minor < other.amount_minor

    def display(self, locale: str) -> str:
        """As the reader's language writes it; whole amounts without decimals."""
        return self._written(locale, 0 if self.major == self.major.to_integral_value() else exponent(self.currency))

    def exact(self, locale: str) -> str:
        """The same with all decimals of the currency: for columns of amounts."""
        return self._written(locale, exponent(self.currency))

    def _written(self, locale: str, decimals: int) -> str:
        # The pattern carries Stripe's decimals; Babel's own are ISO 4217's.
        pattern = _pattern(locale, decimals)
        text = pattern.apply(self.major, Locale(locale), currency=self.currency, currency_digits=False)
        # CLDR sets a code such as UAH apart from its number; Babel does not know that rule.
        return re.sub(r"(?<=[A-Z]{3})(?=[0-9])", "\N{NO-BREAK SPACE}", text)


@functools.lru_cache(512)
def _is_code(text: str) -> bool:
    """Whether it may be the code of a currency. Reports make Money by the thousand, of few currencies."""
    return _CODE.fullmatch(text) is not None


@functools.cache
def _pattern(locale: str, decimals: int):  # type: ignore[no-untyped-def]  # Babel's NumberPattern is not typed
    pattern = Locale(locale).currency_formats["standard"].pattern
    return parse_pattern(re.sub(r"0\.0+", "0." + "0" * decimals if decimals else "0", pattern))


def stripe_minimum(currency: str) -> Money:
    """The smallest amount that Stripe charges in this currency."""
    return Money(int(_MINIMUM.get(currency, _DEFAULT_MINIMUM).scaleb(exponent(currency))) or 1, currency)
