"""The overview and every report, as pages."""
