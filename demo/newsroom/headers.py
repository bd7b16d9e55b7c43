"""Headers of every page: a policy that names the service and Stripe, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app

if TYPE_CHECKING:
    from flask import Response

    from demo.newsroom.config import Config


def add_headers(response: Response) -> Response:
    """Nothing is kept by a cache, framed, sniffed or run unless it is said here."""
    config: Config = current_app.extensions["config"]
    headers = response.headers
    headers.setdefault("Cache-Control", "no-store")
    headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'self' {config.support_url}; style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self' {config.support_url}; form-action 'self' {config.support_url} {config.stripe_url}; "
        "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    )
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    return response
