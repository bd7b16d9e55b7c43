"""The settings: read once at start from the environment, typed, frozen, refused when unsafe.

`Settings.from_env()` is the only way in. A missing or unsafe value ends the program with one line that
names the variable; the value itself is never shown.
"""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from config.mail import MailServer, mail_server

STRIPE_API_BASE = "https://api.stripe.com"
_LIVE_KEYS = ("sk_live_", "rk_live_")
_TEST_KEYS = ("sk_test_", "rk_test_")


class SettingsError(SystemExit):
    """Ends the program with one line such as `SECRET_KEY: must have at least 32 characters`."""


def is_loopback(host: str | None) -> bool:
    """Whether a host name can only mean this machine: localhost, *.localhost, 127.0.0.0/8, ::1."""
    if not host:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _split(value: Any) -> Any:
    """`a,b` -> ("a", "b"). A blank entry among several is refused: it is a secret or an origin gone missing."""
    if not isinstance(value, str):
        return value
    entries = tuple(entry.strip() for entry in value.split(","))
    if not all(entries):
        raise ValueError("has a blank entry")
    return entries


def _origin(value: str) -> str:
    """Scheme, host and port only, in the spelling that browsers send in `Origin`."""
    url = _web_address(value)
    if url.path not in {"", "/"} or url.query or url.fragment:
        raise ValueError("must be an origin: scheme, host and port, no path")
    default_port = {"https": 443, "http": 80}[url.scheme]
    host = f"[{url.hostname}]" if ":" in (url.hostname or "") else url.hostname
    port = "" if url.port in {None, default_port} else f":{url.port}"
    return f"{url.scheme}://{host}{port}"


def _web_address(value: str) -> SplitResult:
    try:
        url = urlsplit(value)
        has_port = url.port is not None or not url.netloc.endswith(":")
    except ValueError as error:
        raise ValueError("is not a web address") from error
    is_plain = value.isascii() and value.isprintable() and not set(value) & set(" \\")
    if url.scheme not in {"https", "http"} or not url.hostname or url.username is not None or not is_plain:
        raise ValueError("must be an https:// address")
    if not has_port:
        raise ValueError("is not a web address")
    if url.scheme == "http" and not is_loopback(url.hostname):
        raise ValueError("must be https unless its host is this machine")
    return url


def _page(value: str) -> str:
    if value:
        _web_address(value)
    return value


def _host_name(value: str) -> str:
    """A name as browsers send it in `Host`, without a port."""
    if value and not re.fullmatch(
        r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", value
    ):
        raise ValueError("must be a host name in lower case, such as staff.news.example, without scheme and port")
    return value


def _webhook_secrets(values: tuple[str, ...]) -> tuple[str, ...]:
    if not all(value.startswith("whsec_") and value != "whsec_" for value in values):
        raise ValueError("every entry must start with whsec_")
    return values


def _secret_key(value: str) -> str:
    if len(value.strip()) < 32:
        raise ValueError("must have at least 32 characters")
    return value


def _mail_address(value: str) -> str:
    if not value:
        return value
    try:
        address = validate_email(value, check_deliverability=False, test_environment=True).ascii_email
    except EmailNotValidError:
        address = None
    if address is None:
        raise ValueError("must be one e-mail address, without a name")
    return address


def _mail_url(value: str) -> str:
    if value:
        mail_server(value)
    return value


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be a name of the time zone database, such as Europe/Kyiv") from None
    return value


def _checkout_limit(value: Any) -> Any:
    return None if value == "off" else value


Origin = Annotated[str, AfterValidator(_origin)]
Page = Annotated[str, AfterValidator(_page)]
MailAddress = Annotated[str, AfterValidator(_mail_address)]
SecretKey = Annotated[str, AfterValidator(_secret_key)]


class Settings(BaseSettings):
    """All settings. Field names are the environment's names in lower case; docs/settings.md explains each."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=False, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    secret_key: SecretKey = Field(repr=False)
    secret_key_fallbacks: Annotated[tuple[SecretKey, ...], NoDecode, BeforeValidator(_split)] = Field((), repr=False)
    public_url: Origin
    stripe_api_key: str = Field(repr=False)
    stripe_webhook_secrets: Annotated[
        tuple[str, ...], NoDecode, BeforeValidator(_split), AfterValidator(_webhook_secrets)
    ] = Field(repr=False, min_length=1)
    news_origins: Annotated[tuple[Origin, ...], NoDecode, BeforeValidator(_split)] = Field(min_length=1)

    database_url: str = Field("sqlite:///support.sqlite3", repr=False)
    stripe_api_base: Origin = STRIPE_API_BASE
    stripe_reads_per_second: float = Field(15, gt=0, le=100_000)
    stripe_automatic_tax: bool = False
    clock_file: Path | None = None
    erase_log: Path = Path("erase.log")
    newsroom_name: str = "Newsroom"
    newsroom_contact: MailAddress = ""
    newsroom_legal: str = ""
    newsroom_time_zone: Annotated[str, AfterValidator(_time_zone)] = "UTC"
    fiscal_year_start: int = Field(1, ge=1, le=12)
    newsroom_terms_url: Page = ""
    newsroom_privacy_url: Page = ""
    mail_url: Annotated[str, AfterValidator(_mail_url)] = Field("", repr=False)
    mail_from: MailAddress = ""
    alarm_mail: MailAddress = ""
    grace_days: int = Field(14, ge=0, le=90)
    checkout_limit: Annotated[int | None, BeforeValidator(_checkout_limit)] = Field(20, ge=1)
    refund_approval_above: int = Field(100, ge=0, le=1_000_000_000)
    staff_host: Annotated[str, AfterValidator(_host_name)] = ""
    trusted_proxy_hops: int = Field(0, ge=0, le=10)
    host: str = "127.0.0.1"
    port: int = Field(8001, ge=1, le=65535)

    @classmethod
    def from_env(cls) -> Self:
        """The settings of this process.

        Raises SettingsError, which ends the program with one line naming the first bad variable.
        """
        try:
            return cls()  # type: ignore[call-arg]  # its arguments are the environment
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False, include_context=False)[0]
            name = str(first["loc"][0]).upper()
            message = "is required" if first["type"] == "missing" else first["msg"].removeprefix("Value error, ")
            raise SettingsError(f"{name}: {message}") from None

    @field_validator("stripe_api_key")
    @classmethod
    def _is_a_stripe_key(cls, value: str) -> str:
        if not value.startswith(_LIVE_KEYS + _TEST_KEYS):
            raise ValueError("must start with sk_test_, rk_test_, sk_live_ or rk_live_")
        return value

    @field_validator("news_origins", "stripe_api_base", "newsroom_terms_url", "newsroom_privacy_url")
    @classmethod
    def _is_https_off_loopback(cls, value: Any, info: ValidationInfo) -> Any:
        """Plain http is only for a machine that talks to itself: then PUBLIC_URL is loopback as well."""
        addresses = [value] if isinstance(value, str) else value
        public_host = urlsplit(info.data.get("public_url", "")).hostname
        if any(address.startswith("http:") for address in addresses) and not is_loopback(public_host):
            raise ValueError("must be https unless PUBLIC_URL is on this machine too")
        return value

    @field_validator("stripe_api_base")
    @classmethod
    def _has_no_live_key_with_a_stand_in(cls, value: str, info: ValidationInfo) -> str:
        if value != STRIPE_API_BASE and info.data.get("stripe_api_key", "").startswith(_LIVE_KEYS):
            raise ValueError("a live STRIPE_API_KEY must only ever be sent to Stripe")
        return value

    @field_validator("clock_file")
    @classmethod
    def _moves_the_clock_only_in_tests(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        base = urlsplit(info.data.get("stripe_api_base", "")).hostname
        is_test = info.data.get("stripe_api_key", "").startswith(_TEST_KEYS)
        if value is not None and not (is_loopback(base) and is_test):
            raise ValueError("only with a test STRIPE_API_KEY and a STRIPE_API_BASE on this machine")
        return value

    @field_validator("checkout_limit")
    @classmethod
    def _is_limited_in_public(cls, value: int | None, info: ValidationInfo) -> int | None:
        if value is None and not is_loopback(urlsplit(info.data.get("public_url", "")).hostname):
            raise ValueError("may be off only when PUBLIC_URL is on this machine")
        return value

    @field_validator("staff_host")
    @classmethod
    def _is_a_host_of_its_own(cls, value: str, info: ValidationInfo) -> str:
        addresses = (info.data.get("public_url", ""), *info.data.get("news_origins", ()))
        public_host = urlsplit(addresses[0]).hostname
        if value and value in {urlsplit(address).hostname for address in addresses}:
            raise ValueError("must be another host than PUBLIC_URL's and NEWS_ORIGINS'")
        if value and is_loopback(value) != is_loopback(public_host):
            raise ValueError("must be on this machine if PUBLIC_URL is, and only then")
        return value

    @field_validator("database_url")
    @classmethod
    def _is_a_database_that_we_support(cls, value: str) -> str:
        scheme, _, rest = value.partition("://")
        if scheme == "sqlite" and rest.startswith("/"):
            return value
        if scheme in {"postgresql", "postgres", "postgresql+psycopg"}:
            return f"postgresql+psycopg://{rest}"
        raise ValueError("must start with sqlite:/// or postgresql://")

    @property
    def is_live(self) -> bool:
        """Whether money is real: the Stripe key's mode, which every event's `livemode` must equal."""
        return self.stripe_api_key.startswith(_LIVE_KEYS)

    @property
    def is_secure(self) -> bool:
        """Whether readers reach us by https, so that cookies carry `__Host-` and `Secure`."""
        return self.public_url.startswith("https:")

    @property
    def staff_url(self) -> str:
        """Where staff reach us: STAFF_HOST by the scheme and port of PUBLIC_URL, or PUBLIC_URL itself."""
        if not self.staff_host:
            return self.public_url
        url = urlsplit(self.public_url)
        return f"{url.scheme}://{self.staff_host}" + (f":{url.port}" if url.port else "")

    @property
    def time_zone(self) -> ZoneInfo:
        """Where the newsroom's days and months begin."""
        return ZoneInfo(self.newsroom_time_zone)

    @property
    def mail_server(self) -> MailServer | None:
        """Who takes our mails; None: they wait in the outbox."""
        return mail_server(self.mail_url) if self.mail_url else None

    @property
    def mail_sender(self) -> str:
        """The address that mails come from."""
        return self.mail_from or self.newsroom_contact or f"noreply@{urlsplit(self.public_url).hostname}"
