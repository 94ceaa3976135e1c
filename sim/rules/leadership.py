"""Does a leader answer, how, when, and does anything follow? Leaders see what reaches them; their time is scarce."""

from sim.arithmetic import exp, log_of_count
from sim.compiled import part, rule
from sim.terms import Response


@part
def _shifted(chance, log_odds):
    """Return `chance` moved by `log_odds`; 0 and 1 stay where they are."""
    if chance <= 0.0 or chance >= 1.0:
        return chance
    return 1.0 / (1.0 + (1.0 - chance) / chance * exp(-log_odds))


@rule
def credibility_of_author(identifiability, expertise):
    """Return how seriously an author is taken: by what is shown of them, and by what they know. Anonymous: 0."""
    return identifiability * (0.5 + 0.5 * expertise)


@rule
def chance_to_answer(responsiveness, supporters, credibility, strategic, leading):
    """Return P(this leader answers): policy, visible supporters, author's credibility, strategic framing.

    An author of middling credibility with no supporters meets the policy as it is; an anonymous one less.
    """
    pull = (
        leading.supporters * log_of_count(1.0 + supporters)
        + leading.credibility * (credibility - 0.5)
        + leading.strategic * strategic
    )
    return _shifted(responsiveness, pull)


@rule
def chance_supportive(openness, criticality, leading):
    """Return P(supportive | answers): logit(openness) - 1.5 x expressed criticality (Burris 2012); rephrasing pays."""
    return _shifted(openness, -leading.criticality * criticality)


@rule
def treat(p_supportive, sanction, luck_support, luck_sanction):
    """Return how the leader treats the message (a `Response`); both luck are uniform in [0, 1)."""
    if luck_support < p_supportive:
        return Response.supportive.value
    return Response.sanction.value if luck_sanction < sanction else Response.dismissive.value


@rule
def own_openness(policy, leaning):
    """Return a leader's own openness: the policy, moved by a leaning in log odds that the person brings."""
    return _shifted(policy, leaning)
