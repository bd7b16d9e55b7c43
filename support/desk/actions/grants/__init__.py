"""Free access: granted with an end and a reason, and revoked."""
