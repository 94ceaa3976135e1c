"""One experience with a leader changes several beliefs."""

from sim.compiled import subroutine
from sim.rules import learning

BY_LINE_MANAGER, BY_EXECUTIVE = 0, 1  # sides of `new_responses`


@subroutine
def experience(coefficients, member, belief, response, by_line_manager, weight):
    """Learn from a treatment of critique, more where it breaks a promise: safety, efficacy, credibility, identity."""
    rates = coefficients.learning
    worth = learning.worth_of_treatment(response, rates)
    weight *= learning.weight_of_deed(member.promised, worth, rates)
    felt = weight * rates.of_safety
    if by_line_manager:
        belief.safety_line_manager = learning.learn(belief.safety_line_manager, worth, felt, rates)
    else:
        belief.safety_executives = learning.learn(belief.safety_executives, worth, felt, rates)
    said = learning.worth_for_efficacy(response, rates)
    belief.voice_efficacy = learning.learn(belief.voice_efficacy, said, weight * rates.of_efficacy, rates)
    belief.credibility = learning.learn(belief.credibility, worth, weight, rates)
    belief.identification = learning.learn(belief.identification, worth, weight * rates.identification_weight, rates)


@subroutine
def miss_an_answer(coefficients, member, belief, weight):
    """Learn from critique that leaders left unanswered after they had promised to be open: words without deeds."""
    rates = coefficients.learning
    weight *= rates.unanswered_weight * (learning.weight_of_deed(member.promised, 0.0, rates) - 1.0)
    belief.voice_efficacy = learning.learn(belief.voice_efficacy, 0.0, weight * rates.of_efficacy, rates)
    belief.credibility = learning.learn(belief.credibility, 0.0, weight, rates)
