"""Serve a page of the tests as the dashboard is served, behind its door: `python -m tests.serve_page PAGE PORT`."""

from __future__ import annotations

import os
import sys

from dashboards.door.keys import take_token
from dashboards.serving import SERVER, closed, settings


def main(page: str, port: str) -> None:
    """Serve a page at a port; what the environment says already, holds."""
    for name, value in {**settings(), "SOLARA_APP": page}.items():
        os.environ.setdefault(name, value)
    import uvicorn

    uvicorn.run(closed(int(port), "127.0.0.1", take_token()), port=int(port), **SERVER)


if __name__ == "__main__":
    main(*sys.argv[1:])
