"""The staff's pages and actions: signing in, who is staff, what was done."""
