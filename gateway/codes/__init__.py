"""The credit code (信用码): claims, their one spelling, the wire text ``CC1:``, the QR.

Start in ``claims`` for the meaning, ``grammar`` for the payload, ``wire`` for the text in
the QR, ``reading`` for the way from outside text to verified claims, ``issuing`` for the
way back. The format is specified in docs/protocol/codes.md.
"""
