"""The pages of impact: what everybody sees, and the work behind it."""
