"""The door of the dashboard: who may come in, and what those inside may ask for. Everything else is refused.

`asgi` stands before the server of the page and lets in who has the token of its address; `protocol` lets through, of
what a page sends to its widgets, what the components of this package declare in `events`.
"""
