"""Who is staff, for admins."""
