"""The theory: one small pure function per decision. No arrays of members, no clock, no generator of luck in here."""
