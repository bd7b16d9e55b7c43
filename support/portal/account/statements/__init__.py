"""/account/statements: what a supporter paid per fiscal year, to issue, look at and print."""
