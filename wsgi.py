"""The service, composed: `wsgi:app` for any WSGI server, `python wsgi.py` for ours."""

import webhooks
from config.logging import start_logging
from config.server import serve
from config.settings import Settings, SettingsError
from support import create_app
from support.access.keys import current_keys
from support.db import has_pending_migrations

settings = Settings.from_env()
start_logging()
app = create_app(settings)
webhooks.init_app(app)

if __name__ == "__main__":
    if has_pending_migrations(app.extensions["database"]):
        raise SettingsError("DATABASE_URL: this database has pending migrations; run `flask db upgrade` first")
    with app.app_context():
        current_keys()  # a SECRET_KEY that does not open them stops the start, not a reader's request
    serve("wsgi:app", settings)
