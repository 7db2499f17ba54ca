"""Pages of the citizen: find the home city, sign in, consent, show the code."""
