"""Parameter sweeps: a study, its design, its trials, their store, and who runs them."""
