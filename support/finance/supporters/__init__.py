"""The people behind the figures: who they are, and everything that happened to one of them."""
