"""Staff: who of the newsroom may sign in, with a password and a second step, and what each may see."""
