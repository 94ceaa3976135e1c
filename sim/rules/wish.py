"""What comes to mind, and how often? Issues fade, ask those with a view most, and satiate once they are spoken of."""

from sim.arithmetic import LN2, exp
from sim.compiled import rule


@rule
def salience(at_first, hours, half_life):
    """Return how often an issue comes to mind `hours` after its beginning; a half-life of 0 means that it stays."""
    if hours < 0:
        return 0.0
    return at_first if half_life <= 0.0 else at_first * exp(-LN2 * hours / half_life)


@rule
def pull(salience, stance, unsaid, voice):
    """Return how strongly an issue asks to be spoken of: salience x (indifferent pull + |stance|) x unsaid."""
    return salience * (voice.indifferent_pull + abs(stance)) * unsaid


@rule
def occasions(usual, recognition, voice):
    """Return how many things to say a visit brings: more, where what one said before was received.

    Replies reinforce writing (Joyce & Kraut 2006), as rewards do (Lindström et al. 2021).
    """
    return usual * exp(voice.reward * (recognition - 0.5))


@rule
def how_many(expected, luck, most):
    """Return how many things come up at a visit: Poisson, cut at `most` for two or more; `luck` uniform in [0, 1)."""
    none = exp(-expected)
    if luck < none:
        return 0
    return 1 if luck < none * (1.0 + expected) else most


@rule
def reframed(criticality, learning):
    """Return the criticality of a concern said once more, as strategic (Madsen & Johansen 2019)."""
    return criticality + learning.reframing_criticality * (1.0 - criticality)
