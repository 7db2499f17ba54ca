"""The background worker: what a city does beside its requests, one process at a time.

Start at ``jobs.jobs_of``, where each topic registers; ``runner`` runs them while ``holding``
holds the lease. Every job may be run twice at once without harm: a lease is no lock.
"""
