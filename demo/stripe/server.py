"""The HTTP server: threaded, HTTP/1.1 with connections kept open (which werkzeug's own handler refuses)."""

from http.client import responses

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Response

from demo.stripe.api import NO_ANSWER

IDLE_SECONDS = 60


class Handler(WSGIRequestHandler):
    """Answers with a buffered response, so that its length is known and the connection can serve the next request.

    The application must read the whole body of every request (`web` does). Status 444 closes the connection unanswered.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else every second small answer waits 40 ms for an acknowledgment
    timeout = IDLE_SECONDS

    def run_wsgi(self) -> None:
        answer = Response.from_app(self.server.app, self.make_environ(), buffered=True)
        if answer.status_code == NO_ANSWER:
            self.close_connection = True
            return
        body = answer.get_data()
        self.send_response(answer.status_code, responses.get(answer.status_code))
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        if answer.status_code == 413:
            self.close_connection = True  # the rest of that body was never read

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Quiet: the dashboard shows what happened."""


def serve(host: str, port: int, app: object) -> BaseWSGIServer:
    return make_server(host, port, app, threaded=True, request_handler=Handler)  # type: ignore[arg-type]
