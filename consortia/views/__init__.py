"""Pages about what somebody is told."""
