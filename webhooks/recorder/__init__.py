"""The flight recorder: what came from Stripe, what became of it, and what no event told."""
