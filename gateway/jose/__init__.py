"""Strict JSON, keys and signatures: the shell in front of every JOSE library.

Start in ``jws``. No Python JOSE library is strict enough alone (measured, see
docs/adr/0002): here size, alphabet, canonical base64url, UTF-8, JSON types and headers are
checked first, and only then is a signature verified. The only importer of ``jwt``.
"""
