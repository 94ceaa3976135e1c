"""The gallery: one TOML file a scenario, each with its question, its theory, and what to expect."""
