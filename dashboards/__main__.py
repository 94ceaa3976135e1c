"""`python -m dashboards`: the dashboard, served to a browser on this machine."""

from __future__ import annotations

from dashboards.serving import main

if __name__ == "__main__":
    main()
