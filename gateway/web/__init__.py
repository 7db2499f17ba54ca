"""HTTP: routes parse, call one service, render.

``context`` is what routes may use, ``problems`` turns errors into answers, ``api`` is for
tills and pages, ``federation`` for partner cities, ``health`` for operations.
"""
