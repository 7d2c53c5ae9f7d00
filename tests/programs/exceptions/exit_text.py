# exit 1: SystemExit with a text, printed on standard error.
raise SystemExit("bye")
