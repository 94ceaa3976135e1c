"""Fit: which of the model's guesses go with a portrait of an arena, and which it cannot tell.

Simulation-based inference with one design of runs for whatever portrait is held against it: parameters are spread over
the prior, each set is run once, and what the portrait's statistics say of the parameters is learned from these runs.
"""
