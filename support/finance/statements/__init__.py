"""Annual statements: what a supporter paid in one fiscal year, numbered, and never changed once issued."""
