"""Stripe's currencies: minor units, whole-unit rules and the smallest charge.

Evidence: Stripe docs, "Supported currencies" (zero-decimal, special cases, minimum and maximum charge amounts).
The three-decimal rule stands only in an older version of that page: an assumption.
"""

from decimal import ROUND_HALF_UP, Decimal

from demo.stripe.errors import StripeError

ZERO_DECIMAL = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split())
THREE_DECIMAL = frozenset("bhd jod kwd omr tnd".split())
WHOLE_UNITS = frozenset("isk ugx".split())
CURRENCIES = (
    frozenset(
        """
        aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop
        crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr jmd kes kgs
        khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab
        pen pgk php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs
        uah usd uyu uzs wst xcd yer zar zmw
        """.split()
    )
    | ZERO_DECIMAL
    | THREE_DECIMAL
    | WHOLE_UNITS
)
# In major units. Stripe decides by the settlement currency after conversion; here every currency settles in itself.
MINIMUM = {
    currency: Decimal(amount)
    for amount, currencies in {
        "0.50": "usd aud brl cad chf eur nzd sgd inr ars cop idr ils php rub zar",
        "0.30": "gbp",
        "2.00": "aed myr pln ron",
        "2.50": "dkk",
        "3.00": "nok sek",
        "4.00": "hkd",
        "10": "mxn thb",
        "15": "czk",
        "175": "huf",
        "50": "jpy krw",
    }.items()
    for currency in currencies.split()
}
LARGEST = 999_999_999_999


def exponent(currency: str) -> int:
    return 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2


def formatted(amount: int, currency: str) -> str:
    """1050 EUR cents as "10.50 EUR", 500 JPY as "500 JPY"."""
    return f"{Decimal(amount).scaleb(-exponent(currency)):,.{exponent(currency)}f} {currency.upper()}"


def minimum(currency: str) -> int:
    """In minor units; 1 where Stripe's table names none."""
    return int(MINIMUM.get(currency, Decimal(0)).scaleb(exponent(currency))) or 1


def require_currency(currency: str, param: str) -> str:
    """The currency as Stripe writes it, in lower case."""
    if currency.lower() not in CURRENCIES:
        raise StripeError.invalid(f"Invalid currency: {currency}. Stripe does not support it.", param=param)
    return currency.lower()


def require_unit_amount(amount: int, currency: str, param: str) -> None:
    if amount < 0:
        message = "This value must be greater than or equal to 0."
        raise StripeError.invalid(message, code="parameter_invalid_integer", param=param)
    if amount > LARGEST:
        raise StripeError.invalid("The amount is larger than Stripe charges.", code="amount_too_large", param=param)
    step = 100 if currency in WHOLE_UNITS else 10 if currency in THREE_DECIMAL else 1
    if amount % step:
        raise StripeError.invalid(f"Amounts in {currency} must be divisible by {step}.", param=param)


def require_total(amount: int, currency: str) -> None:
    """Refuse a session's total that is too small to charge."""
    if amount < minimum(currency):
        least = formatted(minimum(currency), currency)
        message = f"The Checkout Session's total amount due must add up to at least {least}"
        raise StripeError.invalid(message, code="amount_too_small")


def fee(amount: int) -> int:
    """What Stripe keeps of a charge, by a plain formula: 2.9 % and 30 minor units, never more than the charge."""
    return min(amount, (amount * 29 + 500) // 1000 + 30)


def converted(amount: int, currency: str, into: str, rate: float) -> int:
    """Minor units of one currency as those of another, at the price of a major unit."""
    major = Decimal(amount).scaleb(-exponent(currency)) * Decimal(str(rate))
    return rounded(major.scaleb(exponent(into)))


def rounded(amount: Decimal) -> int:
    """To a whole minor unit, half away from zero."""
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))
