"""Who takes part: people, organisations, the fifteen HIPs, and who may do what."""
