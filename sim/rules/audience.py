"""Whom do I imagine reading? The context a post is pictured in (Marwick & boyd 2011; Litt 2012)."""

from sim.arithmetic import log
from sim.compiled import rule
from sim.terms import Identity, Scope


@rule
def manager_reads(believed, scope, voice):
    """Return the believed chance that my line manager reads a post of this scope: likelier, the closer to home."""
    if scope == Scope.organization:
        return believed
    nearer = voice.department_manager if scope == Scope.department else voice.team_manager
    return believed + nearer * (1.0 - believed)


@rule
def executives_read(believed, scope, voice):
    """Return the believed chance that executives read a post of this scope: hardly any, close to home."""
    if scope == Scope.organization:
        return believed
    return believed * (voice.department_executives if scope == Scope.department else voice.team_executives)


@rule
def crowd(share, voice):
    """Return how many an imagined audience feels like, in [0, 1]: ln(1 + a/g) / ln(1 + 1/g), a its share of all.

    Equal ratios of sizes feel like equal steps (Fechner 1860), and stage fright grows far less than an audience does
    (Latane & Harkins 1976). g, `crowd_grain`, is the smallest share that is felt as an audience.
    """
    return log(1.0 + share / voice.crowd_grain) / log(1.0 + 1.0 / voice.crowd_grain)


@rule
def someone_able_to_act(manager, executives):
    """Return the chance that someone able to act reads: being seen has an upside too."""
    return 1.0 - (1.0 - manager) * (1.0 - executives)


@rule
def shown_identifiability(identity, voice):
    """Return how identifiable an author is by what the arena shows: name and position 1, less each step down."""
    if identity == Identity.name_and_position:
        return 1.0
    if identity == Identity.name:
        return voice.name_identifiability
    return voice.pseudonym_identifiability if identity == Identity.pseudonym else 0.0
