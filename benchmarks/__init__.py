"""How fast the simulation is, and against what: `uv run python -m benchmarks` writes RESULTS.md."""
