"""GET /widget.js and GET /widget/campaign.json: for any page, from any cache, about nobody."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, jsonify, request

from support import clock, guards
from support.addresses import BadAddress, article_address
from support.campaigns.queries import campaign_by_slug, running_campaign
from support.errors import FieldError, InvalidInput, NotFound
from support.http import read_query
from support.i18n import DEFAULT, choose, known
from support.i18n import gettext as _
from support.widget.campaign_json import campaign_json
from support.widget.forms import CampaignQuery

if TYPE_CHECKING:
    from config.settings import Settings
    from support.campaigns.models import Campaign

SCRIPT = Path(__file__).parents[1] / "static" / "js" / "widget.js"

widget = Blueprint("widget", __name__)


@widget.get("/widget.js")
@guards.anyone
def script() -> Response:
    """The one script that a page needs."""
    response = Response(SCRIPT.read_bytes(), content_type="text/javascript; charset=utf-8")
    return _kept(response, "public, max-age=300, stale-while-revalidate=86400")


@widget.get("/widget/campaign.json")
@guards.anyone
def campaign() -> Response:
    """The campaign that asks, in one language; `{"campaign": null}` if none does.

    Everything that the answer depends on is in its address: no cookie, and no `Accept-Language`.
    """
    query = _query()
    article = _article(query.article)
    found = _campaign(query.campaign)
    if found is None or not found.is_running(clock.now()):
        return _kept(jsonify(campaign=None), "public, max-age=60")
    locale = known(query.locale) or DEFAULT
    return _kept(jsonify(campaign_json(found, article, locale, _settings())), "public, max-age=60")


@widget.after_request
def allow_every_page(response: Response) -> Response:
    """Scripts on any site may read these answers, errors as well; cookies neither come nor go."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _query() -> CampaignQuery:
    choose(known(request.args.get("locale")) or DEFAULT)
    return read_query(CampaignQuery)


def _article(text: str | None) -> str | None:
    try:
        return None if text is None else article_address(text, _settings().news_origins)
    except BadAddress:
        raise InvalidInput([FieldError("article", _("This is no address on the news site."))]) from None


def _campaign(slug: str | None) -> Campaign | None:
    if slug is None:
        return running_campaign(clock.now())
    found = campaign_by_slug(slug)
    if found is None:
        raise NotFound(_("There is no such campaign."))
    return found


def _kept(response: Response, cache_control: str) -> Response:
    """Caches may keep it and ask whether it is still the same."""
    response.headers["Cache-Control"] = cache_control
    response.add_etag()
    response.make_conditional(request)
    return response


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
