"""Seats: people in a room decide for members of a world, on their telephones, when these have something to say.

What they decide enters the world as a scripted member's decision would; without an answer the member goes by the rules.
So a world is a function of its scenario, its seed and what was decided in it, and lives again from these, bit for bit.

`moments`, `session`, `records` and `mirror` know neither clock nor network; `hall` gives a session its time, and `web`
is the door for telephones.
"""
