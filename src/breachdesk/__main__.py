"""`python -m breachdesk` is the same program as `breachdesk`."""

from breachdesk.cli.main import main

main()
