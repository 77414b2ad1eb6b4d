"""What is achieved: reports, the ledger, and every figure that follows from it."""
