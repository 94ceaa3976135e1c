"""What messages say: a text is never stored, it is a function of the message, its author's place, and the seed.

Texts mean nothing to the model, which knows kinds, stances and criticality only. They are put together from the tables
in `sim/phrases/tables`: a lead (how it is said), a point, and a detail. Of all entries that fit, those that say most
about the message count, and a hash of seed and message picks one of their texts. A scenario's own `[[phrases]]` are
whole texts, and win over all of the tables.
"""

from sim.phrases.book import Phrasebook as Phrasebook
from sim.phrases.book import Said as Said
from sim.phrases.voices import Voices as Voices
