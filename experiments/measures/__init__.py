"""Measures as they can be asked for: the model's, one group's, of some days, and functions of the user's own."""

from experiments.measures.catalogue import Catalogue
from experiments.measures.marking import measure
from experiments.measures.own import Own, read_own
from experiments.measures.scopes import Scope, scoped

__all__ = ["Catalogue", "Own", "Scope", "measure", "read_own", "scoped"]
