"""What is shared: meetings and good practices of the knowledge programme."""
