"""The Flask application: Stripe's API, the hosted page, the control and the dashboard, over one account."""

import orjson
from flask import Flask, Response, request

from demo.stripe.account import Account
from demo.stripe.api import Api, Asked
from demo.stripe.pages import checkout, control_money, dashboard, invoice, portal
from demo.stripe.shape.resources import blank
from demo.stripe.shape.routes import routes

MOST_BYTES = 1_000_000
# No scripts, no foreign content. form-action stays open: the answer to "Pay" redirects to the merchant's site.
POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"


def create_app(account: Account) -> Flask:
    _read_the_sdk()
    app = Flask(__name__, template_folder="pages/templates", static_folder="pages/static", static_url_path="/_static")
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    api = Api(account)

    @app.before_request
    def read_body() -> None:
        """What is left unread would be taken for the next request on the connection."""
        request.get_data(parse_form_data=False)

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    @app.route("/v1/<path:_rest>", methods=["GET", "POST", "DELETE"])
    @app.route("/v2/<path:_rest>", methods=["GET", "POST", "DELETE"])
    def call(_rest: str) -> Response:
        answer = api.answer(_asked())
        body = orjson.dumps(answer.body, option=orjson.OPT_INDENT_2)
        response = Response(body, answer.status, mimetype="application/json")
        response.headers.update(answer.headers)
        return response

    app.extensions["stand_in"] = account
    for pages in (checkout, invoice, portal, control_money, dashboard):
        app.register_blueprint(pages.blueprint)
    return app


def _read_the_sdk() -> None:
    """Before anybody asks: the first call would take seconds, and whoever asks Stripe gives up after four."""
    routes()
    for kind in dashboard.KINDS:
        blank(kind)


def _asked() -> Asked:
    posts = request.method == "POST"
    given = request.authorization
    return Asked(
        method=request.method,
        path=request.path,
        text=request.get_data(as_text=True) if posts else request.query_string.decode(),
        api_key=(given.username or given.token or "") if given else "",
        base_url=request.host_url.rstrip("/"),
        version=request.headers.get("Stripe-Version"),
        key=request.headers.get("Idempotency-Key") if posts else None,
        is_form=not posts
        or request.path.startswith("/v2/")
        or not request.mimetype
        or request.mimetype == "application/x-www-form-urlencoded",
    )
