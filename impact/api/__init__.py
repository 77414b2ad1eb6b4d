"""REST: what is achieved."""
