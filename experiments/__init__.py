"""Studies and the command line `ism`: what is done with the simulation, and nothing of the simulation itself."""
