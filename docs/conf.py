"""How the pages become a site: `uv run sphinx-build docs site`, then open site/index.html. It needs no network."""

project = "Internal social media, simulated"
author = "The internal-social-media authors"
copyright = author  # noqa: A001  Sphinx's name

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["images"]
myst_heading_anchors = 4
"""A heading can be linked to by its words, as on a code host."""
nitpicky = True

smartquotes = False

html_theme = "furo"
html_title = "Internal social media"
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": True}
pygments_style = "friendly"
