"""The dashboards: what a room watches. They start `sim` and read the stores of `experiments`; no rule lives here."""
