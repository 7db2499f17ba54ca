"""What the gateway's requests are compared with: a bare Flask app with one JSON route."""

from flask import Flask

PATH = "/json"


def make_app() -> Flask:
    """Return an app whose one route answers JSON and looks at nothing of the request."""
    app = Flask(__name__)

    @app.post(PATH)
    def answer() -> dict[str, str]:
        return {"status": "ok"}

    return app
