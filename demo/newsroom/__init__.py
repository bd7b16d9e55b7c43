"""A sample newsroom: a small news site behind the gate, as a publisher would build it. It never imports the service.

The server withholds the text of a members' article until a pass verifies. Everything works without JavaScript; with
it, a reader who comes back to an open tab just reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask

from demo.newsroom.articles import read_articles
from demo.newsroom.dates import day, moment
from demo.newsroom.headers import add_headers
from demo.newsroom.keys import Keys
from demo.newsroom.renewals import Renewals
from demo.newsroom.service import SupportService
from demo.newsroom.views import site

if TYPE_CHECKING:
    from demo.newsroom.config import Config


def create_newsroom(config: Config) -> Flask:
    """The news site for these addresses; it asks the service for nothing before a reader does."""
    app = Flask(__name__)
    service = SupportService(config.support_url)
    app.extensions["config"] = config
    app.extensions["articles"] = read_articles(config.url)
    app.extensions["service"] = service
    app.extensions["keys"] = Keys(service)
    app.extensions["renewals"] = Renewals(service)
    app.jinja_env.filters.update(day=day, moment=moment)
    app.context_processor(lambda: {"config": config})
    app.register_blueprint(site)
    app.after_request(add_headers)
    return app
