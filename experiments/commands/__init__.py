"""What the commands of `ism` do: one module a command, with one function of the same name."""
