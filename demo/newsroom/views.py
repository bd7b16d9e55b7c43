"""The news site's addresses."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, current_app, make_response, render_template, request

from demo.newsroom.metadata import structured_data
from demo.newsroom.reading import begin, end, keep_pass, read_with_code, read_with_cookies, verified

if TYPE_CHECKING:
    from demo.newsroom.articles import Article
    from demo.newsroom.config import Config
    from demo.newsroom.reading import Reading

site = Blueprint("site", __name__)
_FOR_EVERYBODY = "public, max-age=60"


@site.get("/")
def front() -> Response:
    """All articles, the newest first."""
    return _for_everybody(render_template("front.html", articles=_articles(), today=_today()))


@site.get("/open/<slug>")
def open_article(slug: str) -> Response:
    """An article for everybody."""
    article = _find(slug, is_open=True)
    return _for_everybody(_page(article, is_open=True))


@site.get("/articles/<slug>")
def members_article(slug: str) -> Response:
    """An article for members: its text for whoever holds what opens it, the gate for everybody else.

    `?support_code=` is how the service sends a reader back, `?supported=1` where a checkout leads back to.
    """
    article = _find(slug, is_open=False)
    if "support_code" in request.args:
        return _come_back(article, request.args["support_code"])
    reading = read_with_cookies(article)
    if "supported" in request.args:
        return reading.keep(_go(article.path if reading.is_open else f"/enter/{slug}"))
    return reading.keep(_show(article, reading))


@site.get("/enter/<slug>")
def enter(slug: str) -> Response:
    """Ask the service whether this browser's reader may read the article, by way of their own address bar."""
    article = _find(slug, is_open=False)
    response = _go("")
    query = {"return_to": article.address, "code_challenge": begin(response)}
    response.location = f"{_config().support_url}/pass?{urlencode(query)}"
    return response


@site.post("/pass")
def take_pass() -> Response:
    """Keep a pass that this site's own script was given by the service."""
    if request.headers.get("Origin") != _config().url:
        abort(403)
    fields = request.get_json(silent=True)
    token = fields.get("pass") if isinstance(fields, dict) else None
    if not isinstance(token, str) or verified(token) is None:
        abort(422)
    response = make_response("", 204)
    keep_pass(response, token)
    return response


@site.get("/feed.xml")
def feed() -> Response:
    """Atom: headlines and first paragraphs."""
    response = _for_everybody(render_template("feed.xml", articles=_articles()))
    response.content_type = "application/atom+xml; charset=utf-8"
    return response


@site.get("/<any(terms, privacy):page>")
def about(page: str) -> Response:
    """What readers agree to, and what becomes of their data."""
    return _for_everybody(render_template(f"{page}.html", today=_today()))


@site.get("/robots.txt")
def robots() -> Response:
    """Machines may look at what everybody may look at."""
    response = _for_everybody("User-agent: *\nDisallow: /enter/\n")
    response.content_type = "text/plain; charset=utf-8"
    return response


@site.app_errorhandler(404)
def not_found(_error: Exception) -> tuple[str, int]:
    """A page that leads on."""
    return render_template("not_found.html", today=_today()), 404


def _come_back(article: Article, code: str) -> Response:
    reading = read_with_code(article, code)
    response = _go(article.path) if reading.is_open else _show(article, reading)
    end(response)
    return reading.keep(response)


def _show(article: Article, reading: Reading) -> Response:
    response = make_response(_page(article, is_open=reading.is_open, notice=reading.notice))
    response.headers["Cache-Control"] = "private, no-store"
    # For the page's own script: would coming again show the text?
    response.headers["Article-Access"] = "open" if reading.is_open else "closed"
    return response


def _page(article: Article, *, is_open: bool, notice: str = "") -> str:
    return render_template(
        "article.html",
        article=article,
        paragraphs=article.rest if is_open else (),
        is_open=is_open,
        notice=notice,
        structured_data=structured_data(article, _config()),
        today=_today(),
    )


def _go(location: str) -> Response:
    response = make_response("", 303)
    response.location = location
    return response


def _for_everybody(page: str) -> Response:
    response = make_response(page)
    response.headers["Cache-Control"] = _FOR_EVERYBODY
    return response


def _find(slug: str, *, is_open: bool) -> Article:
    found = next((one for one in _articles() if one.slug == slug and one.is_open is is_open), None)
    return found or abort(404)


def _articles() -> list[Article]:
    articles: list[Article] = current_app.extensions["articles"]
    return articles


def _config() -> Config:
    config: Config = current_app.extensions["config"]
    return config


def _today() -> datetime:
    return datetime.now().astimezone()
