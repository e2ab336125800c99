"""Paper, ink, stamps, and what scanners, copiers, faxes and cameras do to lines and pages."""
