"""Pages of the credit office: sign in, partners, merchants, what needs two, the ledger."""
