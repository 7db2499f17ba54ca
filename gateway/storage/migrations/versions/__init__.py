"""One module a change of the tables; each is final once it was released."""
