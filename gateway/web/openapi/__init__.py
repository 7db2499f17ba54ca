"""What the API is, as data: one source for ``/api/v1/openapi.json`` and ``/api/docs``.

Start with ``calls.py``, the list of all calls; each stands in the module of its topic, made of
the constants that its route uses. ``model.py`` has the kinds of things that are said about a
call, ``document.py`` spells them as OpenAPI 3.1 (docs/adr/0072).
"""
