"""How the service is set up: settings, logging, the server, and the first content (campaigns.toml, gate.toml)."""
