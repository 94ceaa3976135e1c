"""How each fact is measured in a run: one small function each, from an observation to one number.

Every function returns NaN where there is nothing to measure. Wishes satiate: whoever has spoken has less left to say,
so plain counts of wishes would over-represent the silent. Where wishes are counted, each member and issue counts once.
"""
