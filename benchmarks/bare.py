"""What we are held against: Flask and nothing else, behind the same server with the same settings.

`python -m benchmarks.bare` serves on PORT. With LIBRARIES set it has imported every runtime library that we pin.
"""

from __future__ import annotations

import importlib
import os
import re
from importlib.metadata import packages_distributions
from pathlib import Path

from flask import Flask, Response, jsonify

from config.server import serve
from config.settings import Settings

PINS = Path(__file__).parents[1] / "requirements.txt"
app = Flask(__name__)


@app.route("/", methods=["GET", "POST"])
def hello() -> Response:
    """The least that Flask can do."""
    return jsonify(hello="world")


def import_libraries() -> None:
    """Every package of requirements.txt that this machine has."""
    pinned = {name.lower().replace("_", "-") for name in re.findall(r"^([\w.-]+)==", PINS.read_text(), re.MULTILINE)}
    for module, owners in packages_distributions().items():
        is_pinned = any(owner.lower().replace("_", "-") in pinned for owner in owners)
        if is_pinned and module.isidentifier() and not module.startswith("_"):
            try:
                importlib.import_module(module)
            except ImportError:
                continue


if os.environ.get("LIBRARIES"):
    import_libraries()

if __name__ == "__main__":
    serve("benchmarks.bare:app", Settings.from_env())
