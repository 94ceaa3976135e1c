"""The commands of `ism`: one module a command, with a click command that is called like it."""
