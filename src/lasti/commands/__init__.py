"""One module a command: ``add_parser(subparsers)`` and ``run(args) -> exit code``; the docstring is its help."""
