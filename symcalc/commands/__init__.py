"""What the shell commands do, one module a command; `symcalc.cli` reads the arguments and loads only what runs."""
