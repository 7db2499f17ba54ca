"""Printed sheets as drawings: begin with ``layout``, then ``svg`` and ``pdf``."""
