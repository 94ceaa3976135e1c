"""Searches: which setting of some levers comes nearest to what somebody wants."""
