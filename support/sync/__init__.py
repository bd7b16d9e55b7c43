"""Make our rows equal Stripe's objects: `kinds.KINDS` says how each kind is read and applied, `flows` does both."""
