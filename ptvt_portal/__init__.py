"""The house around the apps: settings, addresses, processes and everything that belongs to no app alone."""
