"""What a sweep folder keeps of measures of the user's own."""

from __future__ import annotations

from experiments.measures.own import Own
from sim.parameters import Table


class KeptMeasure(Table):
    """What a folder keeps of a measure of the user's own; its text can be read, and is never run from here."""

    name: str
    unit: str
    meaning: str
    file: str
    digest: str
    text: str = ""

    def as_own(self) -> Own:
        """Return the measure without its text."""
        return Own(self.name, self.unit, self.meaning, self.file, self.digest)
