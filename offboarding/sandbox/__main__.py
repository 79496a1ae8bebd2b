"""`python -m offboarding.sandbox`: the sandbox without Django."""

from offboarding.sandbox.server import main

if __name__ == "__main__":
    raise SystemExit(main())
