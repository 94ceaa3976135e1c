"""What could it cost me? Retaliation, isolation, a bad image, harm to the organisation, and how they add up.

Four costs that people who stayed silent name (Milliken, Morrison & Hewlin 2003), each before those readers who could
bring it about: superiors, whoever thinks otherwise, anybody, everybody.
"""

from sim.compiled import rule


@rule
def superior_threat(criticality, reads, safety, implicit_voice_theory, voice):
    """Return the threat of one superior: r_s k' P(reads) (1 - safety) (1 + implicit voice theory), in utility.

    k' = kappa + (1 - kappa) k: whoever speaks up before a superior is judged, whatever is said (Edmondson 1999).
    """
    judged = voice.bare_exposure + (1.0 - voice.bare_exposure) * criticality
    return voice.superior_threat * judged * reads * (1.0 - safety) * (1.0 + implicit_voice_theory)


@rule
def peer_threat(stance, crowd, agreement, voice):
    """Return the threat of isolation: r_p |stance| crowd (1 - agreement), in utility (Noelle-Neumann 1974).

    Criticality plays no part: a minority that defends the organisation is as lonely as one that attacks it.
    """
    return voice.peer_threat * abs(stance) * crowd * (1.0 - agreement)


@rule
def image_threat(criticality, crowd, licence, voice):
    """Return what it could cost to look bad before others: r_i crowd (s + k / (1 + licence / h)), in utility.

    Stage fright whatever is said (s), and more for what is not done here: the label of a troublemaker, which critics
    name first (Milliken et al. 2003; Brinsfield 2013, diffident silence). Where critique is licensed it labels nobody.
    """
    labelled = criticality / (1.0 + licence / voice.licence_half)
    return voice.image_threat * crowd * (voice.stage_fright + labelled)


@rule
def could_cost(criticality, superior, tie, voice):
    """Say whether a comment could cost its author anything: critique does, words to a superior, words to a stranger.

    What costs nothing is made without weighing: a friendly word among ties.
    """
    judged = superior > 0.0 and voice.bare_exposure > 0.0
    watched = tie <= 0.0 and voice.image_threat * voice.stage_fright > 0.0
    return criticality > 0.0 or judged or watched


@rule
def exposure(manager, executives, peers, nightmare):
    """Return (1 - w) mean + w max of the threats: w is the weight of the nightmare reader (context collapse)."""
    mean = (manager + executives + peers) / 3.0
    return (1.0 - nightmare) * mean + nightmare * max(manager, max(executives, peers))


@rule
def inhibition(risk_sensitivity, identifiability, persistence, threat, loyalty, voice):
    """Return what holds back: risk sensitivity x identifiability x persistence x threat + loyalty, in utility."""
    lasting = voice.persistence_floor + (1.0 - voice.persistence_floor) * persistence
    return risk_sensitivity * identifiability * lasting * threat + loyalty


@rule
def loyalty(identification, criticality, crowd, voice):
    """Return the reluctance to wash dirty linen in public: l x identification x k x crowd, in utility."""
    return voice.loyalty * identification * criticality * crowd
